package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;

/** Streams that may be written twice in one pass: where the checkpoint is, and as a copy on a disk of this machine. */
public interface TwofoldStreams extends CheckpointStreamFactory {

    /** As {@link #createCheckpointStateOutputStream}; what goes wrong with the copy does not concern the stream. */
    CheckpointStateOutputStream createTwofold(CheckpointedStateScope scope) throws IOException;

    /** A stream that is written twice where the factory can do that. */
    static CheckpointStateOutputStream open(CheckpointStreamFactory streams, CheckpointedStateScope scope)
            throws IOException {
        return streams instanceof TwofoldStreams twofold
                ? twofold.createTwofold(scope)
                : streams.createCheckpointStateOutputStream(scope);
    }

    /**
     * Makes a file of this machine, which nobody will change, the copy of one that is in the checkpoint, by a link where
     * there can be one. Throws nothing.
     *
     * @param written the file in the checkpoint; does nothing where there is none, as small state is in the metadata
     * @param same has the same bytes
     */
    void keep(StreamStateHandle written, Path same);
}

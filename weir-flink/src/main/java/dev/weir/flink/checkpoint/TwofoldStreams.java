package dev.weir.flink.checkpoint;

import java.io.IOException;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;

/** Streams that may be written twice in one pass: where the checkpoint is, and as a copy on a disk of this machine. */
public interface TwofoldStreams extends CheckpointStreamFactory {

    /** As {@link #createCheckpointStateOutputStream}; what goes wrong with the copy does not concern the stream. */
    CheckpointStateOutputStream createTwofold(CheckpointedStateScope scope) throws IOException;
}

package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.TwofoldStreams;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * Writes a file of keyed state: types of key and states, then for each key group its number and, compressed or not, all of its
 * states, each with its number in front. A key group can be read alone.
 */
final class KeyedStateFile {

    private KeyedStateFile() {}

    /** What a file has, of all that is in a cut. */
    interface Content {

        /** Writes what is to stand before the types. */
        default void begin(EntryBuffer out) throws IOException {}

        /** Writes one key group of a state. */
        void write(StateCut state, int keyGroup, EntryBuffer out) throws IOException;
    }

    /** Where streams write a local copy too, there is one. */
    static KeyGroupsStateHandle write(
            BackendCut<?> cut,
            Content content,
            CheckpointStreamFactory streams,
            CheckpointedStateScope scope,
            CloseableRegistry cancelables)
            throws IOException {
        CheckpointStateOutputStream out = TwofoldStreams.open(streams, scope);
        // Whoever closes the registry, on cancellation or after a failure, removes what has been written.
        cancelables.registerCloseable(out);
        KeyGroupRangeOffsets offsets = write(cut, content, out);
        if (!cancelables.unregisterCloseable(out)) {
            throw new IOException("the checkpoint was cancelled while its state was written");
        }
        StreamStateHandle file = out.closeAndGetHandle();
        if (file == null) {
            throw new IOException("nothing was written of keyed state");
        }
        return new KeyGroupsStateHandle(offsets, file);
    }

    private static KeyGroupRangeOffsets write(BackendCut<?> cut, Content content, CheckpointStateOutputStream out)
            throws IOException {
        EntryBuffer plain = new EntryBuffer(out);
        content.begin(plain);
        cut.writeHeader(plain.view());
        plain.flush();
        KeyGroupRange range = cut.getKeyGroupRange();
        KeyGroupRangeOffsets offsets = new KeyGroupRangeOffsets(range);
        for (int keyGroup : range) {
            offsets.setKeyGroupOffset(keyGroup, out.getPos());
            plain.view().writeInt(keyGroup);
            plain.flush();
            // closing it only ends the compression
            try (OutputStream compressed = cut.getStreamCompressionDecorator().decorateWithCompression(out)) {
                writeStates(cut, content, keyGroup, plain.to(compressed));
            }
        }
        return offsets;
    }

    private static void writeStates(BackendCut<?> cut, Content content, int keyGroup, EntryBuffer out)
            throws IOException {
        for (int id = 0; id < cut.states().size(); id++) {
            out.view().writeShort(id);
            content.write(cut.states().get(id), keyGroup, out);
        }
        out.flush();
    }
}

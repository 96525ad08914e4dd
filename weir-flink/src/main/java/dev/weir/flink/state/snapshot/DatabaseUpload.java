package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.TwofoldStreams;
import dev.weir.rocksdb.FileCut;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filemerging.SegmentFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/** Writes the files of a database into one checkpoint. Whatever fails, what it has written goes with the checkpoint. */
final class DatabaseUpload {

    private final CheckpointStreamFactory streams;
    private final CheckpointedStateScope scope;
    private final Transfers transfers;
    private final CloseableRegistry cancelables;

    /** @param scope of files that never change; others are the checkpoint's own */
    DatabaseUpload(
            CheckpointStreamFactory streams,
            CheckpointedStateScope scope,
            Transfers transfers,
            CloseableRegistry cancelables) {
        this.streams = streams;
        this.scope = scope;
        this.transfers = transfers;
        this.cancelables = cancelables;
    }

    /**
     * The files of a checkpoint.
     *
     * @param shared those that never change
     * @param written those of them that no checkpoint before has
     * @param own the others
     */
    record Uploaded(List<HandleAndLocalPath> shared, List<HandleAndLocalPath> written, List<HandleAndLocalPath> own) {
        long writtenBytes() {
            return bytes(written) + bytes(own);
        }

        private static long bytes(List<HandleAndLocalPath> files) {
            return files.stream().mapToLong(HandleAndLocalPath::getStateSize).sum();
        }

        Map<String, StreamStateHandle> immutable() {
            Map<String, StreamStateHandle> byName = new HashMap<>();
            shared.forEach(file -> byName.put(file.getLocalPath(), file.getHandle()));
            return byName;
        }
    }

    private interface Content {
        void write(CheckpointStateOutputStream out) throws IOException;
    }

    /** Writes what the database does not know: the types of key and states. */
    <K> StreamStateHandle types(DatabaseCut<K> cut) throws IOException {
        return write(
                TwofoldStreams.open(streams, CheckpointedStateScope.EXCLUSIVE),
                out -> new KeyedBackendSerializationProxy<>(cut.keySerializer(), cut.states(), false)
                        .write(new DataOutputViewStreamWrapper(out)));
    }

    /**
     * Writes files, several at a time.
     *
     * @param base those that are in a checkpoint already, by their names
     */
    Uploaded files(FileCut cut, Map<String, StreamStateHandle> base) throws IOException {
        List<HandleAndLocalPath> shared = new ArrayList<>();
        List<Callable<HandleAndLocalPath>> missing = new ArrayList<>();
        for (Path file : cut.files()) {
            String name = file.getFileName().toString();
            StreamStateHandle present = FileCut.isImmutable(name) ? base.get(name) : null;
            if (present != null && reuse(present)) {
                keep(present, file);
                shared.add(HandleAndLocalPath.of(present, name));
            } else {
                missing.add(() -> HandleAndLocalPath.of(write(file), name));
            }
        }
        List<HandleAndLocalPath> written = new ArrayList<>();
        List<HandleAndLocalPath> own = new ArrayList<>();
        for (HandleAndLocalPath file : transfers.all(missing)) {
            (FileCut.isImmutable(file.getLocalPath()) ? written : own).add(file);
        }
        shared.addAll(written);
        return new Uploaded(shared, written, own);
    }

    /** False where it has gone with the checkpoint that had it, as a later one has no need for it. */
    private boolean reuse(StreamStateHandle file) {
        if (file instanceof SegmentFileStateHandle) {
            // Flink's, a part of a file: no file of a checkpoint here
            return false;
        }
        try {
            streams.reusePreviousStateHandle(List.of(file));
            return true;
        } catch (IllegalStateException gone) {
            return false;
        }
    }

    private StreamStateHandle write(Path file) throws IOException {
        boolean immutable = FileCut.isImmutable(file.getFileName().toString());
        StreamStateHandle handle = write(
                streams.createCheckpointStateOutputStream(immutable ? scope : CheckpointedStateScope.EXCLUSIVE),
                out -> {
                    try (InputStream in = Files.newInputStream(file)) {
                        Transfers.copy(in, out);
                    }
                });
        keep(handle, file);
        return handle;
    }

    /** The database's file is the local copy. */
    private void keep(StreamStateHandle handle, Path file) {
        if (streams instanceof TwofoldStreams twofold) {
            twofold.keep(handle, file);
        }
    }

    private StreamStateHandle write(CheckpointStateOutputStream out, Content content) throws IOException {
        // Whoever closes the registry, on cancellation or after a failure, removes what has been written.
        cancelables.registerCloseable(out);
        content.write(out);
        if (!cancelables.unregisterCloseable(out)) {
            throw new IOException("the checkpoint was cancelled while its state was written");
        }
        StreamStateHandle handle = out.closeAndGetHandle();
        return handle == null ? new ByteStreamStateHandle(UUID.randomUUID().toString(), new byte[0]) : handle;
    }
}

package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.LocalFiles;
import dev.weir.rocksdb.FileCut;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * Puts the files of a checkpoint where a database can be opened. A file on a disk of this machine that the database will not
 * change is linked there; others are copied.
 */
final class DatabaseDownload {

    private final Transfers transfers;
    private final CloseableRegistry cancelables;

    /** @param cancelables closing it ends the download */
    DatabaseDownload(Transfers transfers, CloseableRegistry cancelables) {
        this.transfers = transfers;
        this.cancelables = cancelables;
    }

    /**
     * Puts all files of a database into a directory, several at a time.
     *
     * @param directory made here
     * @return by name, those files that later checkpoints may refer to where the checkpoint has them
     */
    Map<String, StreamStateHandle> into(Path directory, IncrementalRemoteKeyedStateHandle database) throws IOException {
        Files.createDirectories(directory);
        List<Callable<Optional<HandleAndLocalPath>>> tasks = new ArrayList<>();
        Stream.concat(database.getSharedState().stream(), database.getPrivateState().stream())
                .forEach(file -> tasks.add(() -> place(directory, file)));
        Map<String, StreamStateHandle> usable = new HashMap<>();
        for (Optional<HandleAndLocalPath> file : transfers.all(tasks)) {
            file.ifPresent(present -> usable.put(present.getLocalPath(), present.getHandle()));
        }
        return usable;
    }

    private Optional<HandleAndLocalPath> place(Path directory, HandleAndLocalPath file) throws IOException {
        String name = file.getLocalPath();
        Path target = directory.resolve(name);
        if (!directory.equals(target.getParent())) {
            throw new IOException("a file of a database is called '" + name + "'");
        }
        boolean immutable = FileCut.isImmutable(name);
        if (!immutable || !link(target, file.getHandle())) {
            copy(target, file.getHandle());
        }
        return immutable && LocalFiles.primaryIsThere(file.getHandle())
                ? Optional.of(HandleAndLocalPath.of(LocalFiles.primary(file.getHandle()), name))
                : Optional.empty();
    }

    private static boolean link(Path target, StreamStateHandle handle) {
        Optional<Path> source = LocalFiles.of(handle);
        if (source.isEmpty()) {
            return false;
        }
        try {
            Files.createLink(target, source.get());
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            // of another device, most likely
            return false;
        }
    }

    private void copy(Path target, StreamStateHandle handle) throws IOException {
        FSDataInputStream in = handle.openInputStream();
        cancelables.registerCloseable(in);
        try (InputStream open = in;
                OutputStream out = Files.newOutputStream(target)) {
            Transfers.copy(open, out);
        } finally {
            cancelables.unregisterCloseable(in);
        }
    }
}

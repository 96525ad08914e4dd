package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.OutputStreamAndPath;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes some state of a checkpoint. Small state stays in memory and becomes part of the manifest; more goes to a file,
 * which is durable when {@link #closeAndGetHandle} returns and is deleted by {@link #close} before that. One thread
 * writes; another may close, when the checkpoint is given up.
 */
final class StateFileStream extends CheckpointStateOutputStream {
    private static final Logger LOG = LoggerFactory.getLogger(StateFileStream.class);

    private final CheckpointFiles files;
    private final Path directory;
    private final String name;
    private final boolean relative;
    private final Owner owner;
    private final @Nullable LocalCopy copy;
    private final int inlineBytesMax;
    private final byte[] buffer;
    private final CRC32C crc = new CRC32C();
    private int buffered;
    private long written;
    private volatile @Nullable OutputStreamAndPath file;
    private volatile boolean closed;

    /** Whom a file belongs to. */
    interface Owner {
        /** A file is about to be created; fails when none may be any more. */
        void opening() throws IOException;

        /** More is about to be written to a file; fails when nobody will read it. */
        void writing() throws IOException;

        /** The file is complete and has a handle. */
        void completed(Path file, int crc32c) throws IOException;

        /** Nobody will read the file that was opened; it may not even be there. */
        void abandoned(Path file);
    }

    /**
     * A stream that has not opened its file yet.
     *
     * @param relative whether handles name the file relative to the manifest
     * @param copy gets the same bytes as the file; null: there is none
     */
    StateFileStream(
            CheckpointFiles files,
            Path directory,
            String name,
            boolean relative,
            CheckpointSettings settings,
            Owner owner,
            @Nullable LocalCopy copy) {
        this.files = files;
        this.directory = directory;
        this.name = name;
        this.relative = relative;
        this.owner = owner;
        this.copy = copy;
        this.inlineBytesMax = settings.inlineBytesMax();
        this.buffer = new byte[Math.max(1, Math.max(settings.bufferBytes(), settings.inlineBytesMax()))];
    }

    static String randomName() {
        return UUID.randomUUID().toString();
    }

    @Override
    public void write(int b) throws IOException {
        if (buffered == buffer.length) {
            spill();
        }
        buffer[buffered++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        if (length > buffer.length - buffered) {
            spill();
            if (length >= buffer.length) {
                spill(bytes, from, length);
                return;
            }
        }
        System.arraycopy(bytes, from, buffer, buffered, length);
        buffered += length;
    }

    @Override
    public long getPos() {
        return written + buffered;
    }

    /** Flushing is no reason to open a file. */
    @Override
    public void flush() throws IOException {
        if (file != null) {
            spill();
        }
    }

    @Override
    public void sync() throws IOException {
        spill();
        OutputStreamAndPath open = file;
        if (open != null && files.local()) {
            open.stream().sync();
        }
    }

    private void spill() throws IOException {
        spill(buffer, 0, buffered);
        buffered = 0;
    }

    private synchronized void spill(byte[] bytes, int from, int length) throws IOException {
        if (closed) {
            throw new IOException("Stream has already been closed and discarded.");
        }
        if (length == 0) {
            return;
        }
        FSDataOutputStream out = open().stream();
        out.write(bytes, from, length);
        if (copy != null) {
            copy.write(bytes, from, length);
        }
        crc.update(bytes, from, length);
        written += length;
    }

    private OutputStreamAndPath open() throws IOException {
        OutputStreamAndPath open = file;
        if (open != null) {
            owner.writing();
        } else {
            owner.opening();
            Path path = new Path(directory, name);
            try {
                path = Entropy.injected(files.fileSystem(), path);
                open = new OutputStreamAndPath(
                        files.fileSystem().create(path, FileSystem.WriteMode.NO_OVERWRITE), path);
            } catch (IOException | RuntimeException | Error e) {
                owner.abandoned(path);
                throw e;
            }
            file = open;
        }
        return open;
    }

    @Override
    public synchronized @Nullable StreamStateHandle closeAndGetHandle() throws IOException {
        if (closed) {
            throw new IOException("Stream has already been closed and discarded.");
        }
        if (file == null && buffered <= inlineBytesMax) {
            closed = true;
            return buffered == 0 ? null : new ByteStreamStateHandle(name, Arrays.copyOf(buffer, buffered));
        }
        OutputStreamAndPath open;
        try {
            spill();
            open = open();
            files.closeDurably(open.stream());
            owner.completed(open.path(), (int) crc.getValue());
            if (copy != null) {
                copy.complete();
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw new IOException(
                    "state file " + new Path(directory, name) + " could not be written: " + e.getMessage(), e);
        }
        closed = true;
        boolean plain = relative && open.path().getParent().equals(directory);
        return plain
                ? new RelativeFileStateHandle(open.path(), open.path().getName(), written)
                : new FileStateHandle(open.path(), written);
    }

    /** Without a handle nobody will ever read the file. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (copy != null) {
            copy.discard();
        }
        OutputStreamAndPath open = file;
        if (open == null) {
            return;
        }
        try {
            open.stream().close();
        } catch (IOException e) {
            LOG.debug("state file {} was not closed well, and will be deleted", open.path(), e);
        } finally {
            owner.abandoned(open.path());
        }
    }
}

package dev.weir.engine.exchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What one producer of a blocking exchange has handed over and its consumers have not read: in memory up to a bound, what is
 * more in a file, batch by batch. The file has no name once it is open, so that nothing is left whatever becomes of the process.
 *
 * <p>Thread-safe: the producer writes, any of its consumers reads.
 */
final class SpillFile {
    private final Path directory;
    private final long memoryMax;
    private final AtomicLong inMemory = new AtomicLong();
    private int consumers;
    private long end;
    private @Nullable FileChannel file;

    /**
     * @param memoryMax bytes that stay in memory, by estimate
     * @param consumers how often {@link #release} will be called
     */
    SpillFile(Path directory, long memoryMax, int consumers) {
        this.directory = directory;
        this.memoryMax = memoryMax;
        this.consumers = consumers;
    }

    boolean isFull() {
        return inMemory.get() >= memoryMax;
    }

    /** Any thread: bytes were handed over in memory; negative when they were read. */
    void inMemory(int bytes) {
        inMemory.addAndGet(bytes);
    }

    /** Appends a block and gives its position; drops it where all consumers are gone. Blocks for the disk. */
    synchronized long write(byte[] block) {
        if (consumers == 0) {
            return end;
        }
        // a channel of the JDK's closes itself for everybody where one thread is interrupted
        boolean interrupted = Thread.interrupted();
        try {
            FileChannel to = file == null ? open() : file;
            file = to;
            ByteBuffer bytes = ByteBuffer.wrap(block);
            long start = end;
            while (bytes.hasRemaining()) {
                end += to.write(bytes, end);
            }
            return start;
        } catch (ClosedByInterruptException e) {
            throw new CancelledException("interrupted in a write to " + directory);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the result of a blocking exchange cannot be written to " + directory + " behind " + end
                            + " bytes: " + e.getMessage()
                            + "; set io.tmp.dirs to directories with room for all that such exchanges carry",
                    e);
        } finally {
            again(interrupted);
        }
    }

    private static void again(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private FileChannel open() throws IOException {
        Files.createDirectories(directory);
        Path path = Files.createTempFile(directory, "weir-exchange-", ".spill");
        return FileChannel.open(
                path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
    }

    byte[] read(long position, int length) {
        FileChannel from;
        synchronized (this) {
            from = file;
        }
        if (from == null) {
            throw new IllegalStateException("nothing was written, or all consumers are gone");
        }
        boolean interrupted = Thread.interrupted();
        try {
            ByteBuffer block = ByteBuffer.allocate(length);
            while (block.hasRemaining()) {
                if (from.read(block, position + block.position()) < 0) {
                    throw new IOException("the file ends at " + from.size());
                }
            }
            return block.array();
        } catch (ClosedByInterruptException e) {
            throw new CancelledException("interrupted in a read from " + directory);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the result of a blocking exchange in " + directory + " cannot be read at " + position + ": "
                            + e.getMessage(),
                    e);
        } finally {
            again(interrupted);
        }
    }

    /** A consumer needs nothing more. The last one gives the file's room back. */
    synchronized void release() {
        consumers--;
        if (consumers == 0 && file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the file of a blocking exchange in " + directory, e);
            } finally {
                file = null;
            }
        }
    }
}

package dev.weir.engine.jobstore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that its holder has locked. The operating system lets it go when the process dies, so no lock is ever stale; the
 * process id in the file beside it is for messages only. Neither is deleted: two processes could lock two files of one
 * name then. Any thread may close it.
 */
public final class JobLock implements Closeable {
    private static final String LOCK = "lock";
    private static final String HOLDER = "pid";

    /**
     * What this process holds. The operating system's locks are the process's: a second try would succeed there, or closing
     * its file would let the first one's lock go. So such a file is not even opened twice.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private JobLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock of a directory.
     *
     * @param jobKey of the job that the directory is of, for the message
     * @throws JobHeldException where a live process has it
     */
    public static JobLock take(Path directory, String jobKey) throws IOException {
        Path file = directory.toRealPath().resolve(LOCK);
        if (!HELD.add(file)) {
            throw new JobHeldException(jobKey, holder(directory));
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new JobHeldException(jobKey, holder(directory));
            }
            Files.writeString(directory.resolve(HOLDER), ProcessHandle.current().pid() + "\n");
            return new JobLock(file, channel);
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            HELD.remove(file);
            throw e;
        }
    }

    private static String holder(Path directory) throws IOException {
        try {
            return Files.readString(directory.resolve(HOLDER), StandardCharsets.US_ASCII)
                    .strip();
        } catch (NoSuchFileException e) {
            return "(unknown)";
        }
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            HELD.remove(file);
        }
    }
}

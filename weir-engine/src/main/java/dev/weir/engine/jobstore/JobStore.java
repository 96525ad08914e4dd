package dev.weir.engine.jobstore;

import dev.weir.engine.storage.AtomicFile;
import dev.weir.engine.storage.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One job's directory {@code <data>/jobs/<job key>}, held by one process at a time. The record in it is replaced as a whole
 * by every change. One thread at a time may change it; {@link #record} may be read by any.
 */
public final class JobStore implements AutoCloseable {
    private static final String RECORD = "job";
    private static final int READABLE_NAME_LENGTH_MAX = 60;
    /** How many checkpoint numbers are taken with one write to the disk. */
    private static final long IDS_AT_ONCE = 10;

    private final Disk disk;
    private final Path directory;
    private final Closeable lock;
    private volatile JobRecord job;
    private long nextId;
    private boolean closed;

    private JobStore(Disk disk, Path directory, Closeable lock, JobRecord job) {
        this.disk = disk;
        this.directory = directory;
        this.lock = lock;
        this.job = job;
        this.nextId = job.nextCheckpointId();
    }

    /**
     * Takes a job over, or creates it. Blocks for the disk.
     *
     * @param data the data directory
     * @param jobKey any text
     * @throws JobHeldException if a live process has it
     * @throws IOException if the disk fails, or the record is damaged
     */
    public static JobStore open(Path data, String jobKey) throws IOException {
        Path directory = directory(data, jobKey);
        Disk disk = Disk.local();
        disk.createDirectories(directory);
        JobLock lock = JobLock.take(directory, jobKey);
        try {
            return open(disk, directory, jobKey, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Takes a job over, or creates it, on any disk.
     *
     * @param directory the job's own, which exists
     * @param lock keeps others out, and is closed with the store
     * @throws IOException if the disk fails, or the record is damaged
     */
    public static JobStore open(Disk disk, Path directory, String jobKey, Closeable lock) throws IOException {
        Path file = directory.resolve(RECORD);
        JobRecord job = disk.list(directory).contains(file)
                ? JobRecordText.read(file.toString(), disk.read(file))
                : new JobRecord(jobId(jobKey), JobRecord.Phase.RUNNING, 1, 1, null, List.of(), List.of());
        disk.delete(AtomicFile.besideOf(file));
        return new JobStore(disk, directory, lock, job);
    }

    /** What is known of a job without taking it over; null if nothing is. */
    public static @Nullable JobRecord peek(Path data, String jobKey) throws IOException {
        Path directory = directory(data, jobKey);
        Path file = directory.resolve(RECORD);
        Disk disk = Disk.local();
        return disk.list(directory).contains(file) ? JobRecordText.read(file.toString(), disk.read(file)) : null;
    }

    /** The job's directory, also for checkpoints where no other place is configured. */
    public static Path directory(Path data, String jobKey) {
        return data.resolve("jobs").resolve(directoryName(jobKey));
    }

    /** The id that a key fixes: 32 hexadecimal digits. A key that is an id stands for itself. */
    public static String jobId(String jobKey) {
        return jobKey.matches("[0-9a-f]{32}")
                ? jobKey
                : HexFormat.of().formatHex(Arrays.copyOf(sha256("job " + jobKey), 16));
    }

    /** A key may be any text, a file name may not. */
    private static String directoryName(String jobKey) {
        if (jobKey.matches("[A-Za-z0-9][A-Za-z0-9._-]{0," + (READABLE_NAME_LENGTH_MAX - 1) + "}")) {
            return jobKey;
        }
        String readable = jobKey.replaceAll("[^A-Za-z0-9._-]+", "-");
        readable = readable.substring(0, Math.min(readable.length(), READABLE_NAME_LENGTH_MAX));
        return readable + "~" + HexFormat.of().formatHex(Arrays.copyOf(sha256("dir " + jobKey), 8));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The job as it is on the disk. */
    public JobRecord record() {
        return job;
    }

    /** The job's directory. */
    public Path directory() {
        return directory;
    }

    /**
     * The number for a checkpoint that is about to begin. No number is given twice, also over crashes; some may be left out.
     */
    public long nextCheckpointId() throws IOException {
        if (nextId >= job.nextCheckpointId()) {
            store(job.withNextCheckpointId(nextId + IDS_AT_ONCE));
        }
        return nextId++;
    }

    /** Makes numbers at or above one the next ones, after a restore of a checkpoint that the record does not know. */
    public void skipCheckpointIdsTo(long next) throws IOException {
        if (next > nextId) {
            nextId = next;
            store(job.withNextCheckpointId(next));
        }
    }

    /** The complete checkpoints that are retained, the latest first. A next process resumes from the first usable one. */
    public void checkpoints(List<String> latestFirst) throws IOException {
        store(job.withCheckpoints(latestFirst));
    }

    /** The same, and the ones whose files are to be deleted: by this process, or the next one if this does not get that far. */
    public void checkpoints(List<String> latestFirst, List<String> dropped) throws IOException {
        store(job.withCheckpoints(latestFirst, dropped));
    }

    /** What becomes of the job. */
    public void phase(JobRecord.Phase phase) throws IOException {
        // Here the numbers in hand are given back: only a crash leaves some out.
        store(job.in(phase).withNextCheckpointId(nextId));
    }

    /**
     * The job is over.
     *
     * @param keeps whether its checkpoints stay, for the user to dispose of. Else the record still names those that are not
     *     deleted yet, for the next process to do it if this one does not get that far
     */
    public void ended(boolean keeps) throws IOException {
        JobRecord ended = job.in(JobRecord.Phase.ENDED).withNextCheckpointId(nextId);
        store(keeps ? ended.leavingCheckpoints() : ended);
    }

    /** The job is over, and a savepoint has what it leaves. To be called before anything of the savepoint is published. */
    public void stopped(String savepoint) throws IOException {
        store(job.stoppedWith(savepoint));
    }

    /** Forgets the job's checkpoints and begins anew; numbers go on, so that no file of before is taken for a new one. */
    public void fresh() throws IOException {
        fresh(List.of(), nextId);
    }

    /**
     * The same.
     *
     * @param dropped pointers to checkpoints whose files are still to be deleted
     * @param next no number below is given any more, whoever has given them
     */
    public void fresh(List<String> dropped, long next) throws IOException {
        long first = Math.max(next, nextId);
        nextId = first;
        store(new JobRecord(job.jobId(), JobRecord.Phase.RUNNING, first, first, null, List.of(), dropped));
    }

    private synchronized void store(JobRecord next) throws IOException {
        if (closed) {
            // another process may have it by now
            throw new IOException("the record of job " + job.jobId() + " was closed");
        }
        AtomicFile.replace(disk, directory.resolve(RECORD), JobRecordText.write(next));
        job = next;
    }

    /** Lets another process have the job. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        lock.close();
    }
}

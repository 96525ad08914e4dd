package dev.weir.cli.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes over the wire, as JSON: times in epoch milliseconds, durations in milliseconds, sizes in bytes. */
public final class Views {
    private Views() {}

    /**
     * A job.
     *
     * @param key what the job is known by over processes
     * @param sinceMillis when it entered its state
     * @param latestCheckpoint its latest complete checkpoint or savepoint; null: none
     */
    public record Job(
            String id,
            String key,
            String name,
            String state,
            boolean ended,
            long sinceMillis,
            @Nullable LatestCheckpoint latestCheckpoint) {}

    /** The latest complete checkpoint of a job. */
    public record LatestCheckpoint(long id, long endMillis, @Nullable String location) {}

    /** All jobs of a process, in the order of their submission. */
    public record Jobs(List<Job> jobs) {}

    /**
     * What is asked for of a job; what an operation has no use for is left out.
     *
     * @param directory where a savepoint goes; null: as configured, else into the data directory
     * @param format {@code CANONICAL} or {@code NATIVE}; null: canonical
     */
    public record Order(@Nullable String directory, @Nullable String format, boolean drain, boolean full) {}

    /** What came of it: the path of what was written, null where nothing was. */
    public record Outcome(@Nullable String location) {}

    /** Why nothing came of it. */
    public record Problem(String error) {}
}

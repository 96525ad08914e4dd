package dev.weir.cli.control;

import dev.weir.flink.metric.StateEstimate;
import java.util.List;
import java.util.Map;
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

    /**
     * More of a job.
     *
     * @param startMillis when it came to this process
     * @param endMillis when it ended; -1 while it runs
     * @param parallelism of its widest vertex
     * @param restarts in this process
     * @param restoredFrom the checkpoint or savepoint that it goes on from; null: it began anew
     * @param checkpoints how many were completed and how many failed, in this process
     * @param url where the process answers HTTP about it; null: nowhere
     * @param failure what it failed of, or of its latest restart; null: nothing
     */
    public record Info(
            Job job,
            long startMillis,
            long endMillis,
            int parallelism,
            List<InfoOfVertex> vertices,
            int restarts,
            @Nullable String restoredFrom,
            long checkpoints,
            long failedCheckpoints,
            @Nullable String url,
            @Nullable String failure) {}

    /** A vertex: how many of its subtasks are in which state. */
    public record InfoOfVertex(String name, int parallelism, Map<String, Integer> states) {}

    /**
     * Where a process logs to.
     *
     * @param file of the log; null: it logs to standard error
     * @param standardError the file or device that standard error goes to; null: not known
     */
    public record Logs(@Nullable String file, @Nullable String standardError) {}

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

    /**
     * How a process was started, paths absolute.
     *
     * @param parallelism null where not given
     */
    public record Run(
            String jar,
            @Nullable String mainClass,
            List<String> classpaths,
            @Nullable Integer parallelism,
            List<String> properties,
            @Nullable String configDir,
            @Nullable String logConfig,
            List<String> arguments) {}

    /** How a process was started; null where it runs no program of its own but serves jobs. */
    public record Started(@Nullable Run run) {}

    /** The jobs that a program has executed. */
    public record Submitted(List<String> jobs) {}

    /** Figures of one measure. */
    public record Measure(long min, long avg, long max, double p50, double p90, double p95, double p99, double p999) {}

    /** A job's checkpoints: how many, figures over the completed ones by measure, and each of the history, newest first. */
    public record Checkpoints(
            long total,
            long completed,
            long failed,
            int inProgress,
            long restored,
            Map<String, Measure> summary,
            List<Checkpoint> history) {}

    /**
     * A checkpoint; -1 for what is not known yet.
     *
     * @param failure why it was given up
     * @param measures by name, which ends with the unit
     */
    public record Checkpoint(
            long id,
            String kind,
            String status,
            long triggerMillis,
            int acknowledged,
            int subtasks,
            Map<String, Long> measures,
            @Nullable String location,
            @Nullable String failure) {}

    /** One checkpoint with all its rows. */
    public record CheckpointRows(Checkpoint checkpoint, List<Vertex> vertices) {}

    /** The rows of a vertex, and figures over them by measure. */
    public record Vertex(String name, int parallelism, Map<String, Measure> summary, List<Subtask> subtasks) {}

    /** The row of a subtask. */
    public record Subtask(int index, boolean finished, boolean unaligned, Map<String, Long> measures) {}

    /**
     * What the vertices of a job do at the moment, in topological order.
     *
     * @param atNanos when, by a clock of the process that only tells differences
     * @param bottlenecks names of the vertices that hold others back
     */
    public record Load(long atNanos, List<LoadOfVertex> vertices, List<String> bottlenecks) {}

    /** What stores estimate of a job's states, over subtasks, the largest first. */
    public record States(List<StateEstimate> states) {}

    /**
     * A vertex: shares of the time of its most busy, its least idle and its most backpressured subtask, and the fullest
     * channels; records of all subtasks.
     *
     * @param busy null where it is not known
     * @param backpressure OK, LOW or HIGH
     */
    public record LoadOfVertex(
            String id,
            String name,
            int running,
            @Nullable Double busy,
            double idle,
            double backpressured,
            String backpressure,
            long recordsIn,
            long recordsOut,
            double inPoolUsage,
            double outPoolUsage) {}

    /** A budget of memory and what of it is used. */
    public record Budget(String name, long usedBytes, long maxBytes) {}

    /** Those of a process. */
    public record Memory(List<Budget> budgets) {}

    /** Why nothing came of it. */
    public record Problem(String error) {}
}

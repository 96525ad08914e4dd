package dev.weir.engine.checkpoint;

import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job's checkpoints at one moment. Immutable; any thread may read it.
 *
 * @param history those in progress and the latest others, newest first
 * @param restored the checkpoint that the job last went back to
 */
public record CheckpointStatistics(
        Counts counts,
        Summary summary,
        List<Checkpoint> history,
        @Nullable Checkpoint latestCompleted,
        @Nullable Checkpoint latestSavepoint,
        @Nullable Checkpoint latestFailed,
        @Nullable Restored restored) {

    public CheckpointStatistics {
        history = List.copyOf(history);
    }

    /** How many there were. {@code total} includes those that failed before they had an id, but not the restored. */
    public record Counts(long restored, long total, int inProgress, long completed, long failed) {}

    /** Over all completed checkpoints and savepoints. */
    public record Summary(
            Figures endToEndMillis,
            Figures checkpointedBytes,
            Figures fullBytes,
            Figures alignmentProcessedBytes,
            Figures alignmentPersistedBytes) {}

    /** A checkpoint that the job went back to. */
    public record Restored(long id, String location, long atMillis) {}

    /** What became of a checkpoint. */
    public enum Status {
        IN_PROGRESS,
        COMPLETED,
        FAILED
    }

    /**
     * One checkpoint.
     *
     * @param endMillis when it was completed or given up; -1 while in progress
     * @param location where it is, once completed
     * @param manifestBytes size of its manifest; -1 unless completed
     * @param failure why it was given up
     */
    public record Checkpoint(
            long id,
            CheckpointOptions options,
            Status status,
            long triggerMillis,
            long endMillis,
            @Nullable String location,
            long manifestBytes,
            @Nullable CheckpointException failure,
            List<Vertex> vertices) {

        public Checkpoint {
            vertices = List.copyOf(vertices);
        }

        public int subtaskCount() {
            return vertices.stream().mapToInt(Vertex::parallelism).sum();
        }

        public int acknowledgedCount() {
            return vertices.stream()
                    .mapToInt(vertex -> vertex.subtasks().size())
                    .sum();
        }

        /** When the latest acknowledgement came; -1: none has. */
        public long latestAckMillis() {
            return vertices.stream().mapToLong(Vertex::latestAckMillis).max().orElse(-1);
        }

        /** From the trigger to the latest acknowledgement; -1: none has come. */
        public long endToEndMillis() {
            long ack = latestAckMillis();
            return ack < 0 ? -1 : Math.max(0, ack - triggerMillis);
        }

        /** The sum of a measure over the subtasks. */
        public long sum(ToLongFunction<SubtaskMetrics> measure) {
            return vertices.stream()
                    .flatMap(vertex -> vertex.subtasks().stream())
                    .mapToLong(row -> measure.applyAsLong(row.metrics()))
                    .sum();
        }
    }

    /**
     * One vertex of a checkpoint.
     *
     * @param subtasks those that have acknowledged, by index; one that had finished counts as such
     */
    public record Vertex(int vertex, String name, int parallelism, List<SubtaskRow> subtasks) {
        public Vertex {
            subtasks = List.copyOf(subtasks);
        }

        public long latestAckMillis() {
            return subtasks.stream().mapToLong(SubtaskRow::ackMillis).max().orElse(-1);
        }

        /** Figures of a column over the subtasks. */
        public Figures figures(ToLongFunction<SubtaskRow> column) {
            return Figures.of(subtasks.stream().mapToLong(column).toArray());
        }
    }

    /**
     * One subtask of a checkpoint.
     *
     * @param endToEndMillis from the trigger to the acknowledgement
     * @param finished whether it had ended before and took no snapshot
     */
    public record SubtaskRow(int index, long ackMillis, long endToEndMillis, boolean finished, SubtaskMetrics metrics) {

        private static final long NANOS = 1_000_000;

        public long startDelayMillis() {
            return metrics.startDelayNanos() / NANOS;
        }

        public long alignmentMillis() {
            return metrics.alignmentNanos() / NANOS;
        }

        public long syncMillis() {
            return metrics.syncNanos() / NANOS;
        }

        public long asyncMillis() {
            return metrics.asyncNanos() / NANOS;
        }

        /** How long the barrier took to get here, alignment included, and the acknowledgement back. */
        public long triggerToSyncMillis() {
            return endToEndMillis - syncMillis() - asyncMillis();
        }

        /**
         * What of the end-to-end time no other column has: waiting for a background thread, for instance. Only of aligned
         * snapshots, whose parts follow one another; -1 for unaligned ones, whose parts overlap.
         */
        public long unattributedMillis() {
            return metrics.unaligned() ? -1 : triggerToSyncMillis() - startDelayMillis() - alignmentMillis();
        }
    }
}

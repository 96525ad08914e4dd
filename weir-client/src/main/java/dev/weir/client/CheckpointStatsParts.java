package dev.weir.client;

import static java.lang.invoke.MethodType.methodType;

import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Status;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointStatsCounts;
import org.apache.flink.runtime.checkpoint.CheckpointStatsHistory;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStatsSummarySnapshot;
import org.apache.flink.runtime.checkpoint.FailedCheckpointStats;
import org.apache.flink.runtime.checkpoint.PendingCheckpointStats;
import org.apache.flink.runtime.checkpoint.RestoredCheckpointStats;
import org.apache.flink.runtime.checkpoint.SubtaskStateStats;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.jspecify.annotations.Nullable;

/**
 * Makes the parts of Flink's checkpoint statistics, whose constructors Flink keeps to its own package. All access to them
 * is here. Flink's tracker, which is public, would have to hear of every event in Flink's words and cannot be told counts of
 * checkpoints that are no longer in the history; a class of ours in Flink's package would depend on who loads both.
 */
final class CheckpointStatsParts {

    private static final MethodHandle SNAPSHOT = constructor(
            CheckpointStatsSnapshot.class,
            CheckpointStatsCounts.class,
            CompletedCheckpointStatsSummarySnapshot.class,
            CheckpointStatsHistory.class,
            RestoredCheckpointStats.class);
    private static final MethodHandle COUNTS =
            constructor(CheckpointStatsCounts.class, long.class, long.class, int.class, long.class, long.class);
    private static final MethodHandle RESTORED = constructor(
            RestoredCheckpointStats.class,
            long.class,
            CheckpointProperties.class,
            long.class,
            String.class,
            long.class);
    private static final MethodHandle SUBTASK = constructor(
            SubtaskStateStats.class,
            int.class,
            long.class,
            long.class,
            long.class,
            long.class,
            long.class,
            long.class,
            long.class,
            long.class,
            long.class,
            boolean.class,
            boolean.class);
    private static final MethodHandle PENDING =
            constructor(PendingCheckpointStats.class, long.class, long.class, CheckpointProperties.class, Map.class);
    private static final MethodHandle ACKNOWLEDGE = method(
            PendingCheckpointStats.class,
            "reportSubtaskStats",
            methodType(boolean.class, JobVertexID.class, SubtaskStateStats.class));
    private static final MethodHandle COMPLETE = method(
            PendingCheckpointStats.class,
            "toCompletedCheckpointStats",
            methodType(CompletedCheckpointStats.class, String.class, long.class));
    private static final MethodHandle FAIL = method(
            PendingCheckpointStats.class,
            "toFailedCheckpoint",
            methodType(FailedCheckpointStats.class, long.class, Throwable.class));
    private static final MethodHandle HISTORY = constructor(CheckpointStatsHistory.class, int.class);
    private static final MethodHandle ADD = method(
            CheckpointStatsHistory.class,
            "addInProgressCheckpoint",
            methodType(void.class, PendingCheckpointStats.class));
    private static final MethodHandle REPLACE = method(
            CheckpointStatsHistory.class,
            "replacePendingCheckpointById",
            methodType(boolean.class, AbstractCheckpointStats.class));
    private static final MethodHandle READ_ONLY =
            method(CheckpointStatsHistory.class, "createSnapshot", methodType(CheckpointStatsHistory.class));

    private CheckpointStatsParts() {}

    private static MethodHandle constructor(Class<?> type, Class<?>... parameters) {
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, methodType(void.class, parameters));
        } catch (ReflectiveOperationException e) {
            throw otherFlink(type, e);
        }
    }

    private static MethodHandle method(Class<?> type, String name, MethodType signature) {
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup()).findVirtual(type, name, signature);
        } catch (ReflectiveOperationException e) {
            throw otherFlink(type, e);
        }
    }

    private static IllegalStateException otherFlink(Class<?> type, ReflectiveOperationException e) {
        return new IllegalStateException(
                type.getName() + " is not Flink 2.3's; is another flink-runtime on the class path?", e);
    }

    private interface Call {
        Object invoke() throws Throwable;
    }

    private static <T> T call(Class<T> type, Call call) {
        try {
            return type.cast(call.invoke());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("none of these methods declares an exception", t);
        }
    }

    static CheckpointStatsSnapshot snapshot(
            CheckpointStatsCounts counts,
            CompletedCheckpointStatsSummarySnapshot summary,
            CheckpointStatsHistory history,
            @Nullable RestoredCheckpointStats restored) {
        return call(CheckpointStatsSnapshot.class, () -> SNAPSHOT.invoke(counts, summary, history, restored));
    }

    static CheckpointStatsCounts counts(long restored, long total, int inProgress, long completed, long failed) {
        return call(CheckpointStatsCounts.class, () -> COUNTS.invoke(restored, total, inProgress, completed, failed));
    }

    static RestoredCheckpointStats restored(
            long id, CheckpointProperties properties, long atMillis, String location, long bytes) {
        return call(RestoredCheckpointStats.class, () -> RESTORED.invoke(id, properties, atMillis, location, bytes));
    }

    /** A subtask that has acknowledged. */
    static SubtaskStateStats subtask(
            int index,
            long ackMillis,
            long checkpointedBytes,
            long fullBytes,
            long syncMillis,
            long asyncMillis,
            long processedBytes,
            long persistedBytes,
            long alignmentMillis,
            long startDelayMillis,
            boolean unaligned) {
        return call(
                SubtaskStateStats.class,
                () -> SUBTASK.invoke(
                        index,
                        ackMillis,
                        checkpointedBytes,
                        fullBytes,
                        syncMillis,
                        asyncMillis,
                        processedBytes,
                        persistedBytes,
                        alignmentMillis,
                        startDelayMillis,
                        unaligned,
                        true));
    }

    static PendingCheckpointStats pending(
            long id, long triggerMillis, CheckpointProperties properties, Map<JobVertexID, Integer> parallelism) {
        return call(PendingCheckpointStats.class, () -> PENDING.invoke(id, triggerMillis, properties, parallelism));
    }

    static void acknowledged(PendingCheckpointStats pending, JobVertexID vertex, SubtaskStateStats subtask) {
        Boolean unused = call(Boolean.class, () -> ACKNOWLEDGE.invoke(pending, vertex, subtask));
    }

    /** An empty history with room for so many. */
    static CheckpointStatsHistory history(int max) {
        return call(CheckpointStatsHistory.class, () -> HISTORY.invoke(max));
    }

    static void begun(CheckpointStatsHistory history, PendingCheckpointStats pending) {
        Object unused = call(Object.class, () -> ADD.invoke(history, pending));
    }

    /** Enters what became of a checkpoint, into the history where it is there, and as the latest where it is that. */
    static void ended(CheckpointStatsHistory history, Checkpoint how, PendingCheckpointStats pending) {
        AbstractCheckpointStats ended = call(
                AbstractCheckpointStats.class,
                () -> how.status() == Status.COMPLETED
                        ? COMPLETE.invoke(pending, how.location(), how.manifestBytes())
                        : FAIL.invoke(pending, how.endMillis(), how.failure()));
        Boolean unused = call(Boolean.class, () -> REPLACE.invoke(history, ended));
    }

    static CheckpointStatsHistory readOnly(CheckpointStatsHistory history) {
        return call(CheckpointStatsHistory.class, () -> READ_ONLY.invoke(history));
    }
}

package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.SnapshotTimes;
import dev.weir.engine.task.SubtaskId;
import dev.weir.flink.host.ChainSnapshot;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Snapshots of subtasks on their way to files: written by a pool, then acknowledged or declined. Thread-safe. */
final class WrittenSnapshots {
    private static final Logger LOG = LoggerFactory.getLogger(WrittenSnapshots.class);

    private final Executor io;
    private final Consumer<CheckpointEvent<SubtaskSnapshot>> coordinator;
    private final Runnable over;
    private final Set<PendingSnapshot> pending = ConcurrentHashMap.newKeySet();

    /**
     * @param coordinator told what has become of a snapshot, on the pool's threads
     * @param over called when one that was begun is through, however
     */
    WrittenSnapshots(Executor io, Consumer<CheckpointEvent<SubtaskSnapshot>> coordinator, Runnable over) {
        this.io = io;
        this.coordinator = coordinator;
        this.over = over;
    }

    List<PendingSnapshot> unfinished() {
        return List.copyOf(pending);
    }

    /** Begins to write; gives up where the job is over. */
    void write(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
        long start = System.nanoTime();
        pending.add(snapshot);
        try {
            io.execute(() -> complete(subtask, barrier.id(), times, snapshot, start));
        } catch (RejectedExecutionException e) {
            pending.remove(snapshot);
            snapshot.cancel();
        }
    }

    private void complete(SubtaskId subtask, long id, SnapshotTimes times, PendingSnapshot snapshot, long startNanos) {
        try {
            SubtaskSnapshot written = snapshot.complete();
            SubtaskMetrics metrics = new SubtaskMetrics(
                    TimeUnit.MILLISECONDS.toNanos(times.startDelayMillis()),
                    times.alignmentNanos(),
                    times.alignmentBytes(),
                    ((ChainSnapshot) written).persistedInFlightBytes(),
                    times.syncNanos(),
                    System.nanoTime() - startNanos,
                    written.checkpointedBytes(),
                    written.fullBytes(),
                    times.unaligned());
            coordinator.accept(new CheckpointEvent.Acknowledged<>(id, JobCheckpoints.named(subtask), written, metrics));
        } catch (Throwable t) {
            LOG.debug("{} could not write its part of checkpoint {}", subtask, id, t);
            coordinator.accept(new CheckpointEvent.Declined<>(
                    id, JobCheckpoints.named(subtask), CheckpointFailureReason.CHECKPOINT_ASYNC_EXCEPTION, t));
        } finally {
            pending.remove(snapshot);
            over.run();
        }
    }
}

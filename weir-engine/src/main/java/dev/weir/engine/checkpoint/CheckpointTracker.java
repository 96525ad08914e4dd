package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Counts;
import dev.weir.engine.checkpoint.CheckpointStatistics.Restored;
import dev.weir.engine.checkpoint.CheckpointStatistics.Status;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.CheckpointStatistics.Summary;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the {@link CheckpointStatistics} of a job. A {@link CheckpointCoordinator} writes; any thread may read, and waits
 * for a moment at most.
 */
public final class CheckpointTracker {

    private final CheckpointTopology topology;
    private final int historyMax;
    private final TreeMap<Long, Open> inProgress = new TreeMap<>();
    private final Deque<Checkpoint> ended = new ArrayDeque<>();
    private final Figures.Collector endToEndMillis = new Figures.Collector(Figures.WINDOW);
    private final Figures.Collector checkpointedBytes = new Figures.Collector(Figures.WINDOW);
    private final Figures.Collector fullBytes = new Figures.Collector(Figures.WINDOW);
    private final Figures.Collector processedBytes = new Figures.Collector(Figures.WINDOW);
    private final Figures.Collector persistedBytes = new Figures.Collector(Figures.WINDOW);
    private long restoredCount;
    private long totalCount;
    private long completedCount;
    private long failedCount;
    private @Nullable Checkpoint latestCompleted;
    private @Nullable Checkpoint latestSavepoint;
    private @Nullable Checkpoint latestFailed;
    private @Nullable Restored restored;

    /** A checkpoint in progress. */
    private record Open(long id, CheckpointOptions options, long triggerMillis, Map<Subtask, SubtaskRow> rows) {}

    /**
     * Tracks the checkpoints of one job.
     *
     * @param historyMax how many ended checkpoints are kept in full
     */
    public CheckpointTracker(CheckpointTopology topology, int historyMax) {
        if (historyMax < 0) {
            throw new IllegalArgumentException("historyMax=" + historyMax + " < 0");
        }
        this.topology = topology;
        this.historyMax = historyMax;
    }

    synchronized void triggered(PendingCheckpoint<?> pending, long nowMillis) {
        Open open = new Open(pending.id(), pending.options(), pending.timestampMillis(), new TreeMap<>());
        pending.plan().finished().forEach(subtask -> report(open, subtask, true, SubtaskMetrics.NONE, nowMillis));
        inProgress.put(open.id(), open);
        totalCount++;
    }

    synchronized void acknowledged(long id, Subtask subtask, SubtaskMetrics metrics, long nowMillis) {
        Open open = inProgress.get(id);
        if (open != null) {
            report(open, subtask, false, metrics, nowMillis);
        }
    }

    private static void report(Open open, Subtask subtask, boolean finished, SubtaskMetrics metrics, long nowMillis) {
        long endToEnd = Math.max(0, nowMillis - open.triggerMillis());
        open.rows().putIfAbsent(subtask, new SubtaskRow(subtask.index(), nowMillis, endToEnd, finished, metrics));
    }

    synchronized void completed(long id, String location, long manifestBytes, long nowMillis) {
        Open open = inProgress.remove(id);
        if (open == null) {
            return;
        }
        Checkpoint completed = row(open, Status.COMPLETED, nowMillis, location, manifestBytes, null);
        completedCount++;
        endToEndMillis.add(completed.endToEndMillis());
        checkpointedBytes.add(completed.sum(SubtaskMetrics::checkpointedBytes));
        fullBytes.add(completed.sum(SubtaskMetrics::fullBytes));
        processedBytes.add(completed.sum(SubtaskMetrics::alignmentProcessedBytes));
        persistedBytes.add(completed.sum(SubtaskMetrics::alignmentPersistedBytes));
        if (completed.options().kind().isSavepoint()) {
            latestSavepoint = later(latestSavepoint, completed);
        } else {
            latestCompleted = later(latestCompleted, completed);
        }
        remember(completed);
    }

    synchronized void failed(long id, CheckpointException failure, long nowMillis) {
        Open open = inProgress.remove(id);
        if (open != null) {
            Checkpoint failed = row(open, Status.FAILED, nowMillis, null, -1, failure);
            failedCount++;
            latestFailed = later(latestFailed, failed);
            remember(failed);
        }
    }

    /** One failed before it had an id. */
    synchronized void failedToBegin() {
        failedCount++;
        totalCount++;
    }

    synchronized void restored(RetainedCheckpoint checkpoint, long nowMillis) {
        restoredCount++;
        restored = new Restored(checkpoint.id(), checkpoint.location(), nowMillis);
    }

    /** What is known now. */
    public synchronized CheckpointStatistics statistics() {
        List<Checkpoint> history = new ArrayList<>(ended);
        inProgress.values().forEach(open -> history.add(row(open, Status.IN_PROGRESS, -1, null, -1, null)));
        history.sort(Comparator.comparingLong(Checkpoint::id).reversed());
        return new CheckpointStatistics(
                new Counts(restoredCount, totalCount, inProgress.size(), completedCount, failedCount),
                new Summary(
                        endToEndMillis.figures(),
                        checkpointedBytes.figures(),
                        fullBytes.figures(),
                        processedBytes.figures(),
                        persistedBytes.figures()),
                history,
                latestCompleted,
                latestSavepoint,
                latestFailed,
                restored);
    }

    private static Checkpoint later(@Nullable Checkpoint before, Checkpoint next) {
        return before == null || next.id() > before.id() ? next : before;
    }

    private void remember(Checkpoint checkpoint) {
        ended.addLast(checkpoint);
        if (ended.size() > historyMax) {
            ended.removeFirst();
        }
    }

    private Checkpoint row(
            Open open,
            Status status,
            long endMillis,
            @Nullable String location,
            long manifestBytes,
            @Nullable CheckpointException failure) {
        List<Vertex> vertices = new ArrayList<>();
        for (int vertex = 0; vertex < topology.vertices().size(); vertex++) {
            CheckpointTopology.Vertex known = topology.vertices().get(vertex);
            List<SubtaskRow> rows = new ArrayList<>();
            for (int index = 0; index < known.parallelism(); index++) {
                SubtaskRow row = open.rows().get(new Subtask(vertex, index));
                if (row != null) {
                    rows.add(row);
                }
            }
            vertices.add(new Vertex(vertex, known.name(), known.parallelism(), rows));
        }
        return new Checkpoint(
                open.id(),
                open.options(),
                status,
                open.triggerMillis(),
                endMillis,
                location,
                manifestBytes,
                failure,
                vertices);
    }
}

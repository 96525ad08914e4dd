package dev.weir.client;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.Figures;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.CheckpointStatsHistory;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStatsSummarySnapshot;
import org.apache.flink.runtime.checkpoint.PendingCheckpointStats;
import org.apache.flink.runtime.checkpoint.RestoredCheckpointStats;
import org.apache.flink.runtime.checkpoint.SubtaskStateStats;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.util.stats.StatsSummarySnapshot;
import org.jspecify.annotations.Nullable;

/** Draws what is known of a job's checkpoints as Flink's classes, which is what Flink's tools read. Pure. */
final class CheckpointStats {
    private final List<JobVertex> vertices;
    private final CheckpointProperties checkpoint;

    private CheckpointStats(List<JobVertex> vertices, CheckpointRetentionPolicy retention) {
        this.vertices = vertices;
        this.checkpoint = CheckpointProperties.forCheckpoint(retention);
    }

    /** @param vertices as the statistics number them */
    static CheckpointStatsSnapshot of(
            CheckpointStatistics known, List<JobVertex> vertices, CheckpointRetentionPolicy retention) {
        CheckpointStats drawing = new CheckpointStats(vertices, retention);
        CheckpointStatistics.Counts counts = known.counts();
        return CheckpointStatsParts.snapshot(
                CheckpointStatsParts.counts(
                        counts.restored(), counts.total(), counts.inProgress(), counts.completed(), counts.failed()),
                summary(known.summary()),
                drawing.history(known),
                drawing.restored(known.restored()));
    }

    private CheckpointStatsHistory history(CheckpointStatistics known) {
        CheckpointStatsHistory history =
                CheckpointStatsParts.history(known.history().size());
        // the latest of a kind may be older than the history reaches; Flink's class must not hear of one twice
        Stream.of(known.latestCompleted(), known.latestSavepoint(), known.latestFailed())
                .filter(latest -> latest != null && !known.history().contains(latest))
                .forEach(latest -> CheckpointStatsParts.ended(history, latest, pending(latest)));
        List<Checkpoint> newestFirst = known.history();
        for (int i = newestFirst.size() - 1; i >= 0; i--) {
            Checkpoint next = newestFirst.get(i);
            PendingCheckpointStats pending = pending(next);
            CheckpointStatsParts.begun(history, pending);
            if (next.status() != CheckpointStatistics.Status.IN_PROGRESS) {
                CheckpointStatsParts.ended(history, next, pending);
            }
        }
        return CheckpointStatsParts.readOnly(history);
    }

    private PendingCheckpointStats pending(Checkpoint drawn) {
        Map<JobVertexID, Integer> parallelism = new LinkedHashMap<>();
        drawn.vertices()
                .forEach(vertex -> parallelism.put(vertices.get(vertex.vertex()).getID(), vertex.parallelism()));
        PendingCheckpointStats pending =
                CheckpointStatsParts.pending(drawn.id(), drawn.triggerMillis(), properties(drawn), parallelism);
        record Row(JobVertexID vertex, CheckpointStatistics.SubtaskRow subtask) {}
        List<Row> rows = new ArrayList<>();
        drawn.vertices().forEach(vertex -> vertex.subtasks()
                .forEach(subtask ->
                        rows.add(new Row(vertices.get(vertex.vertex()).getID(), subtask))));
        // Flink's class takes the last to be reported for the latest
        rows.sort((a, b) -> Long.compare(a.subtask().ackMillis(), b.subtask().ackMillis()));
        rows.forEach(row -> CheckpointStatsParts.acknowledged(pending, row.vertex(), subtask(row.subtask())));
        return pending;
    }

    private static SubtaskStateStats subtask(CheckpointStatistics.SubtaskRow row) {
        SubtaskMetrics metrics = row.metrics();
        return CheckpointStatsParts.subtask(
                row.index(),
                row.ackMillis(),
                metrics.checkpointedBytes(),
                metrics.fullBytes(),
                row.syncMillis(),
                row.asyncMillis(),
                metrics.alignmentProcessedBytes(),
                metrics.alignmentPersistedBytes(),
                row.alignmentMillis(),
                row.startDelayMillis(),
                metrics.unaligned());
    }

    private CheckpointProperties properties(Checkpoint of) {
        if (!of.options().kind().isSavepoint()) {
            return checkpoint;
        }
        SavepointFormatType format = of.options().kind() == CheckpointKind.SAVEPOINT_NATIVE
                ? SavepointFormatType.NATIVE
                : SavepointFormatType.CANONICAL;
        PostCheckpointAction action = of.options().action();
        return action == PostCheckpointAction.NONE
                ? CheckpointProperties.forSavepoint(true, format)
                : CheckpointProperties.forSyncSavepoint(true, action == PostCheckpointAction.TERMINATE, format);
    }

    /** Of what kind it was, and how large, is not known any more. */
    private @Nullable RestoredCheckpointStats restored(CheckpointStatistics.@Nullable Restored from) {
        return from == null
                ? null
                : CheckpointStatsParts.restored(from.id(), checkpoint, from.atMillis(), from.location(), 0);
    }

    private static CompletedCheckpointStatsSummarySnapshot summary(CheckpointStatistics.Summary summary) {
        return new CompletedCheckpointStatsSummarySnapshot(
                figures(summary.endToEndMillis()),
                figures(summary.alignmentPersistedBytes()),
                figures(summary.alignmentProcessedBytes()),
                figures(summary.fullBytes()),
                figures(summary.checkpointedBytes()));
    }

    private static StatsSummarySnapshot figures(Figures figures) {
        long[] latest = figures.latest();
        DescriptiveStatisticsHistogram histogram = new DescriptiveStatisticsHistogram(Math.max(1, latest.length));
        for (long value : latest) {
            histogram.update(value);
        }
        return new StatsSummarySnapshot(
                figures.min(), figures.max(), figures.sum(), figures.count(), histogram.getStatistics());
    }
}

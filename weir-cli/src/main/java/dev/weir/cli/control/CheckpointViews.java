package dev.weir.cli.control;

import dev.weir.cli.control.Views.Checkpoint;
import dev.weir.cli.control.Views.CheckpointRows;
import dev.weir.cli.control.Views.Checkpoints;
import dev.weir.cli.control.Views.Measure;
import dev.weir.cli.control.Views.Subtask;
import dev.weir.cli.control.Views.Vertex;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.Figures;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What the engine knows of checkpoints, as it goes over the wire. */
final class CheckpointViews {
    private static final String UNATTRIBUTED = "unattributedMillis";

    /** The columns of a subtask's row. */
    private static final Map<String, ToLongFunction<SubtaskRow>> COLUMNS = new LinkedHashMap<>();

    static {
        COLUMNS.put("endToEndMillis", SubtaskRow::endToEndMillis);
        COLUMNS.put("startDelayMillis", SubtaskRow::startDelayMillis);
        COLUMNS.put("alignmentMillis", SubtaskRow::alignmentMillis);
        COLUMNS.put("syncMillis", SubtaskRow::syncMillis);
        COLUMNS.put("asyncMillis", SubtaskRow::asyncMillis);
        COLUMNS.put("triggerToSyncMillis", SubtaskRow::triggerToSyncMillis);
        COLUMNS.put(UNATTRIBUTED, SubtaskRow::unattributedMillis);
        COLUMNS.put("checkpointedBytes", row -> row.metrics().checkpointedBytes());
        COLUMNS.put("fullBytes", row -> row.metrics().fullBytes());
        COLUMNS.put("processedBytes", row -> row.metrics().alignmentProcessedBytes());
        COLUMNS.put("persistedBytes", row -> row.metrics().alignmentPersistedBytes());
    }

    private CheckpointViews() {}

    static Checkpoints of(CheckpointStatistics known) {
        CheckpointStatistics.Counts counts = known.counts();
        CheckpointStatistics.Summary summary = known.summary();
        Map<String, Measure> measures = new LinkedHashMap<>();
        measures.put("endToEndMillis", measure(summary.endToEndMillis()));
        measures.put("checkpointedBytes", measure(summary.checkpointedBytes()));
        measures.put("fullBytes", measure(summary.fullBytes()));
        measures.put("processedBytes", measure(summary.alignmentProcessedBytes()));
        measures.put("persistedBytes", measure(summary.alignmentPersistedBytes()));
        return new Checkpoints(
                counts.total(),
                counts.completed(),
                counts.failed(),
                counts.inProgress(),
                counts.restored(),
                measures,
                known.history().stream().map(CheckpointViews::checkpoint).toList());
    }

    static CheckpointRows rows(CheckpointStatistics.Checkpoint checkpoint) {
        return new CheckpointRows(
                checkpoint(checkpoint),
                checkpoint.vertices().stream().map(CheckpointViews::vertex).toList());
    }

    private static Checkpoint checkpoint(CheckpointStatistics.Checkpoint checkpoint) {
        Map<String, Long> measures = new LinkedHashMap<>();
        measures.put("endToEndMillis", checkpoint.endToEndMillis());
        measures.put("checkpointedBytes", checkpoint.sum(SubtaskMetrics::checkpointedBytes));
        measures.put("fullBytes", checkpoint.sum(SubtaskMetrics::fullBytes));
        measures.put("processedBytes", checkpoint.sum(SubtaskMetrics::alignmentProcessedBytes));
        measures.put("persistedBytes", checkpoint.sum(SubtaskMetrics::alignmentPersistedBytes));
        return new Checkpoint(
                checkpoint.id(),
                checkpoint.options().kind().name(),
                checkpoint.status().name(),
                checkpoint.triggerMillis(),
                checkpoint.acknowledgedCount(),
                checkpoint.subtaskCount(),
                measures,
                checkpoint.location(),
                checkpoint.failure() == null ? null : Failures.describe(checkpoint.failure()));
    }

    private static Vertex vertex(CheckpointStatistics.Vertex vertex) {
        Map<String, Measure> summary = new LinkedHashMap<>();
        // unaligned rows have no such figure, and one over the others would be taken for all
        boolean unaligned =
                vertex.subtasks().stream().anyMatch(row -> row.metrics().unaligned());
        COLUMNS.forEach((name, column) -> {
            if (!unaligned || !name.equals(UNATTRIBUTED)) {
                summary.put(name, measure(vertex.figures(column)));
            }
        });
        return new Vertex(
                vertex.name(),
                vertex.parallelism(),
                summary,
                vertex.subtasks().stream().map(CheckpointViews::subtask).toList());
    }

    private static Subtask subtask(SubtaskRow row) {
        Map<String, Long> measures = new LinkedHashMap<>();
        COLUMNS.forEach((name, column) -> measures.put(name, column.applyAsLong(row)));
        return new Subtask(row.index(), row.finished(), row.metrics().unaligned(), measures);
    }

    private static Measure measure(Figures figures) {
        return new Measure(
                figures.min(),
                figures.average(),
                figures.max(),
                figures.quantile(0.5),
                figures.quantile(0.9),
                figures.quantile(0.95),
                figures.quantile(0.99),
                figures.quantile(0.999));
    }
}

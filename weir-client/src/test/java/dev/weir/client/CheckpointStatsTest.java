package dev.weir.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointException;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Status;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import dev.weir.engine.checkpoint.Figures;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.List;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.CheckpointStatsHistory;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.checkpoint.SubtaskStateStats;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class CheckpointStatsTest {
    private static final List<JobVertex> VERTICES = List.of(new JobVertex("source"), new JobVertex("sink"));

    private static CheckpointOptions kind(CheckpointKind kind, PostCheckpointAction action) {
        return new CheckpointOptions(kind, action, Alignment.ALIGNED, Long.MAX_VALUE);
    }

    private static final CheckpointOptions PERIODIC = kind(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);

    /** Triggered at 1000 times its id; the source acknowledges after 30 milliseconds, the sinks after 20 and 10. */
    private static Checkpoint checkpoint(long id, CheckpointOptions options, Status status) {
        long begin = 1000 * id;
        SubtaskMetrics metrics = new SubtaskMetrics(1_000_000, 2_000_000, 3, 4, 5_000_000, 6_000_000, 7, 8, false);
        boolean completed = status == Status.COMPLETED;
        return new Checkpoint(
                id,
                options,
                status,
                begin,
                status == Status.IN_PROGRESS ? -1 : begin + 40,
                completed ? "file:/chk-" + id : null,
                completed ? 99 : -1,
                status == Status.FAILED
                        ? new CheckpointException(CheckpointFailureReason.CHECKPOINT_EXPIRED, null)
                        : null,
                List.of(
                        new Vertex(0, "source", 1, List.of(new SubtaskRow(0, begin + 30, 30, false, metrics))),
                        new Vertex(
                                1,
                                "sink",
                                2,
                                List.of(
                                        new SubtaskRow(0, begin + 20, 20, false, metrics),
                                        new SubtaskRow(1, begin + 10, 10, true, SubtaskMetrics.NONE)))));
    }

    private static CheckpointStatsSnapshot draw() {
        Figures durations = Figures.of(new long[] {30, 10, 20});
        Figures none = Figures.of(new long[0]);
        Checkpoint oldSavepoint =
                checkpoint(2, kind(CheckpointKind.SAVEPOINT_NATIVE, PostCheckpointAction.NONE), Status.COMPLETED);
        Checkpoint completed = checkpoint(7, PERIODIC, Status.COMPLETED);
        Checkpoint failed = checkpoint(8, PERIODIC, Status.FAILED);
        Checkpoint inProgress = checkpoint(9, PERIODIC, Status.IN_PROGRESS);
        return CheckpointStats.of(
                new CheckpointStatistics(
                        new CheckpointStatistics.Counts(1, 9, 1, 6, 2),
                        new CheckpointStatistics.Summary(durations, none, none, none, none),
                        List.of(inProgress, failed, completed),
                        completed,
                        oldSavepoint,
                        failed,
                        new CheckpointStatistics.Restored(5, "file:/chk-5", 5500)),
                VERTICES,
                CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION);
    }

    @Test
    void countsAndFiguresAreTakenOver() {
        CheckpointStatsSnapshot drawn = draw();
        assertThat(drawn.getCounts().getNumberOfRestoredCheckpoints()).isEqualTo(1);
        assertThat(drawn.getCounts().getTotalNumberOfCheckpoints()).isEqualTo(9);
        assertThat(drawn.getCounts().getNumberOfInProgressCheckpoints()).isEqualTo(1);
        assertThat(drawn.getCounts().getNumberOfCompletedCheckpoints()).isEqualTo(6);
        assertThat(drawn.getCounts().getNumberOfFailedCheckpoints()).isEqualTo(2);
        assertThat(drawn.getSummaryStats().getEndToEndDurationStats().getAverage())
                .isEqualTo(20);
        assertThat(drawn.getSummaryStats().getEndToEndDurationStats().getQuantile(0.5))
                .isEqualTo(20.0);
        assertThat(drawn.getLatestRestoredCheckpoint().getCheckpointId()).isEqualTo(5);
        assertThat(drawn.getLatestRestoredCheckpoint().getRestoreTimestamp()).isEqualTo(5500);
        assertThat(drawn.getLatestRestoredCheckpoint().getExternalPath()).isEqualTo("file:/chk-5");
    }

    @Test
    void historyIsNewestFirstAndKnowsTheLatestOfEachKind() {
        CheckpointStatsHistory history = draw().getHistory();
        assertThat(history.getCheckpoints())
                .extracting(known -> known.getCheckpointId() + " " + known.getStatus())
                .containsExactly(
                        "9 " + CheckpointStatsStatus.IN_PROGRESS,
                        "8 " + CheckpointStatsStatus.FAILED,
                        "7 " + CheckpointStatsStatus.COMPLETED);
        assertThat(history.getLatestCompletedCheckpoint().getCheckpointId()).isEqualTo(7);
        assertThat(history.getLatestFailedCheckpoint().getFailureMessage())
                .isEqualTo(CheckpointFailureReason.CHECKPOINT_EXPIRED.message());
        // older than the history
        assertThat(history.getLatestSavepoint().getExternalPath()).isEqualTo("file:/chk-2");
        assertThat(history.getLatestSavepoint().getProperties().isSavepoint()).isTrue();
    }

    @Test
    void subtasksShowWhatTheyMeasured() {
        CompletedCheckpointStats completed = draw().getHistory().getLatestCompletedCheckpoint();
        assertThat(completed.getTriggerTimestamp()).isEqualTo(7000);
        assertThat(completed.getEndToEndDuration()).isEqualTo(30);
        assertThat(completed.getNumberOfSubtasks()).isEqualTo(3);
        assertThat(completed.getMetadataSize()).isEqualTo(99);
        assertThat(completed.getStateSize()).isEqualTo(16);
        assertThat(completed.getCheckpointedSize()).isEqualTo(14);
        SubtaskStateStats sink =
                completed.getTaskStateStats(VERTICES.get(1).getID()).getSubtaskStats()[0];
        assertThat(sink.getCheckpointStartDelay()).isEqualTo(1);
        assertThat(sink.getAlignmentDuration()).isEqualTo(2);
        assertThat(sink.getProcessedData()).isEqualTo(3);
        assertThat(sink.getPersistedData()).isEqualTo(4);
        assertThat(sink.getSyncCheckpointDuration()).isEqualTo(5);
        assertThat(sink.getAsyncCheckpointDuration()).isEqualTo(6);
        assertThat(sink.getEndToEndDuration(completed.getTriggerTimestamp())).isEqualTo(20);
    }

    /** Flink's tools send execution graphs about. */
    @Test
    void drawingCanBeSerialized() throws Exception {
        CheckpointStatsSnapshot copy = InstantiationUtil.clone(draw());
        assertThat(copy.getSummaryStats().getEndToEndDurationStats().getQuantile(0.5))
                .isEqualTo(20.0);
    }
}

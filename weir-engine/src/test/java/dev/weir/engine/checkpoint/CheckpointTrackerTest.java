package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskFinished;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Status;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class CheckpointTrackerTest {

    private static final Policies ON_REQUEST = Policies.usual().interval(Long.MAX_VALUE);

    private static SubtaskMetrics metrics(long startDelay, long alignment, long sync, long async, long bytes) {
        long nanos = 1_000_000;
        return new SubtaskMetrics(
                startDelay * nanos, alignment * nanos, 3, 4, sync * nanos, async * nanos, bytes, 10 * bytes, false);
    }

    private static Rig requested(CheckpointTopology topology) {
        Rig rig = new Rig(ON_REQUEST, topology).started();
        rig.request(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        return rig;
    }

    @Test
    void aRowTakesTheEndToEndTimeApart() {
        Rig rig = requested(Topologies.chain(1));
        rig.nowMillis += 100;
        rig.tell(new Acknowledged<>(1, new Subtask(0, 0), "s", metrics(20, 30, 5, 25, 7)));

        Checkpoint checkpoint = rig.tracker.statistics().history().get(0);
        SubtaskRow row = checkpoint.vertices().get(0).subtasks().get(0);
        assertThat(checkpoint.status()).isEqualTo(Status.IN_PROGRESS);
        assertThat(row.endToEndMillis()).isEqualTo(100);
        assertThat(row.triggerToSyncMillis()).isEqualTo(70);
        assertThat(row.unattributedMillis()).isEqualTo(20);
        assertThat(row.startDelayMillis() + row.alignmentMillis() + row.syncMillis() + row.asyncMillis())
                .isLessThanOrEqualTo(row.endToEndMillis());
    }

    @Test
    void aCheckpointAddsItsSubtasksUp() {
        Rig rig = requested(Topologies.chain(2, 1));
        rig.nowMillis += 10;
        rig.tell(new Acknowledged<>(1, new Subtask(0, 0), "a", metrics(1, 0, 2, 3, 100)));
        rig.nowMillis += 10;
        rig.tell(new Acknowledged<>(1, new Subtask(1, 0), "b", metrics(5, 0, 2, 3, 1)));
        assertThat(rig.tracker.statistics().history().get(0).acknowledgedCount())
                .isEqualTo(2);
        rig.nowMillis += 10;
        rig.tell(new Acknowledged<>(1, new Subtask(0, 1), "c", metrics(3, 0, 4, 3, 50)));
        rig.nowMillis += 10;
        rig.commit(1);

        Checkpoint completed = rig.tracker.statistics().latestCompleted();
        assertThat(completed).isNotNull();
        assertThat(completed.endToEndMillis()).isEqualTo(30);
        assertThat(completed.endMillis()).isEqualTo(rig.nowMillis);
        assertThat(completed.subtaskCount()).isEqualTo(3);
        assertThat(completed.sum(SubtaskMetrics::checkpointedBytes)).isEqualTo(151);
        assertThat(completed.sum(SubtaskMetrics::fullBytes)).isEqualTo(1_510);
        assertThat(completed.sum(SubtaskMetrics::alignmentPersistedBytes)).isEqualTo(12);
        assertThat(completed.location()).isEqualTo("chk-1");
        assertThat(completed.manifestBytes()).isEqualTo(7);
        Figures sync = completed.vertices().get(0).figures(SubtaskRow::syncMillis);
        assertThat(List.of(sync.min(), sync.average(), sync.max())).containsExactly(2L, 3L, 4L);
        assertThat(rig.tracker.statistics().summary().endToEndMillis().max()).isEqualTo(30);
    }

    @Test
    void oneThatHadFinishedCountsAsAcknowledged() {
        Rig rig = new Rig(ON_REQUEST).started();
        rig.tell(new SubtaskFinished<>(new Subtask(0, 1)));
        rig.request(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);

        Checkpoint checkpoint = rig.tracker.statistics().history().get(0);
        assertThat(checkpoint.acknowledgedCount()).isEqualTo(1);
        assertThat(checkpoint.vertices().get(0).subtasks().get(0).finished()).isTrue();
    }

    @Test
    void theHistoryKeepsTheLatestNewestFirst() {
        Rig rig = new Rig(ON_REQUEST).started();
        for (long id = 1; id <= 13; id++) {
            rig.request(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);
            rig.complete(id);
            rig.tell(new CheckpointEvent.Cleaned<>(id - 1));
        }
        rig.request(CheckpointKind.SAVEPOINT_NATIVE, PostCheckpointAction.NONE);

        CheckpointStatistics statistics = rig.tracker.statistics();
        assertThat(statistics.history())
                .extracting(Checkpoint::id)
                .containsExactly(14L, 13L, 12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L, 4L);
        assertThat(statistics.counts()).isEqualTo(new CheckpointStatistics.Counts(0, 14, 1, 13, 0));
        assertThat(statistics.latestSavepoint()).isNull();
    }

    @Test
    void quantilesAreOfTheWindowAndTheRestOfAll() {
        Figures.Collector collector = new Figures.Collector(100);
        LongStream.range(0, 1_000).forEach(collector::add);
        Figures figures = collector.figures();

        assertThat(List.of(figures.count(), figures.min(), figures.average(), figures.max()))
                .containsExactly(1_000L, 0L, 499L, 999L);
        assertThat(figures.quantile(0)).isEqualTo(900);
        assertThat(figures.quantile(0.5)).isEqualTo(949.5, within(1e-9));
        assertThat(figures.quantile(1)).isEqualTo(999);
        assertThat(Figures.of(new long[0]).quantile(0.99)).isZero();
    }

    @Test
    void quantilesRise() {
        Random random = new Random(7);
        for (int size = 1; size < 50; size++) {
            Figures figures = Figures.of(random.longs(size, 0, 100).toArray());
            for (double share = 0; share < 1; share += 0.05) {
                assertThat(figures.quantile(share)).isLessThanOrEqualTo(figures.quantile(share + 0.05));
            }
        }
    }
}

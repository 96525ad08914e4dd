package dev.weir.flink.metric;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Counts;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** A job's checkpoint metrics, by Flink's names, from the statistics at the moment of reading. */
final class CheckpointGauges {
    private static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    private final MetricGroup group;
    private final Supplier<Optional<CheckpointStatistics>> statistics;

    private CheckpointGauges(MetricGroup group, Supplier<Optional<CheckpointStatistics>> statistics) {
        this.group = group;
        this.statistics = statistics;
    }

    static void register(MetricGroup group, Supplier<Optional<CheckpointStatistics>> statistics) {
        CheckpointGauges gauges = new CheckpointGauges(group, statistics);
        gauges.count("totalNumberOfCheckpoints", Counts::total);
        gauges.count("numberOfInProgressCheckpoints", Counts::inProgress);
        gauges.count("numberOfCompletedCheckpoints", Counts::completed);
        gauges.count("numberOfFailedCheckpoints", Counts::failed);
        gauges.latest("lastCheckpointSize", latest -> latest.sum(SubtaskMetrics::checkpointedBytes), -1L);
        gauges.latest("lastCheckpointFullSize", latest -> latest.sum(SubtaskMetrics::fullBytes), -1L);
        gauges.latest("lastCheckpointMetadataSize", Checkpoint::manifestBytes, -1L);
        gauges.latest("lastCheckpointDuration", Checkpoint::endToEndMillis, -1L);
        gauges.latest(
                "lastCheckpointProcessedData", latest -> latest.sum(SubtaskMetrics::alignmentProcessedBytes), -1L);
        gauges.latest(
                "lastCheckpointPersistedData", latest -> latest.sum(SubtaskMetrics::alignmentPersistedBytes), -1L);
        gauges.latest("lastCheckpointExternalPath", CheckpointGauges::location, "n/a");
        gauges.latest("lastCompletedCheckpointId", Checkpoint::id, -1L);
        gauges.latest("lastCheckpointCompletedTimestamp", Checkpoint::latestAckMillis, -1L);
        group.gauge("lastCheckpointRestoreTimestamp", (Gauge<Long>) () -> statistics
                .get()
                .map(CheckpointStatistics::restored)
                .map(CheckpointStatistics.Restored::atMillis)
                .orElse(-1L));
    }

    private static String location(Checkpoint checkpoint) {
        String location = checkpoint.location();
        return location == null ? "n/a" : location;
    }

    private void count(String name, Function<Counts, ? extends Number> figure) {
        group.gauge(name, (Gauge<Number>) () ->
                figure.apply(statistics.get().map(CheckpointStatistics::counts).orElse(NONE)));
    }

    /** @param none what it is before the first completed checkpoint */
    private <T> void latest(String name, Function<Checkpoint, T> figure, T none) {
        group.gauge(name, (Gauge<T>) () -> statistics
                .get()
                .map(CheckpointStatistics::latestCompleted)
                .map(figure)
                .orElse(none));
    }
}

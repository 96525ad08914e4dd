package dev.weir.flink.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.Subtasks;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is in flight to a slow task of a running job, with debloating and without. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DebloatingTest {
    private static final long NANOS_PER_RECORD = 200_000;
    private static final Duration TARGET = Duration.ofMillis(50);
    private static final long CONSUMED = TARGET.toNanos() / NANOS_PER_RECORD;
    private static final String PREFIX = "taskmanager.network.memory.buffer-debloat.";

    /** More than the channels hold. */
    private static final long FILLED = 12_000;

    private static final AtomicLong SENT = new AtomicLong();
    private static final AtomicLong PROCESSED = new AtomicLong();
    private static final AtomicLong IN_FLIGHT = new AtomicLong();

    @TempDir
    private Path directory;

    /** Notes how many records are between it and the slow one as its barrier goes out behind them. */
    private static final class Sending implements MapFunction<Long, Long>, CheckpointedFunction {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long number) {
            SENT.incrementAndGet();
            return number;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            IN_FLIGHT.set(SENT.get() - PROCESSED.get());
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}
    }

    private static long slowly(long number) {
        long end = System.nanoTime() + NANOS_PER_RECORD;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        PROCESSED.incrementAndGet();
        return number;
    }

    /** Records in flight at a checkpoint, when the channels have had the time to fill. */
    private long inFlight(String... keysAndValues) throws Exception {
        SENT.set(0);
        PROCESSED.set(0);
        Configuration configuration = new Configuration()
                .set(TaskManagerOptions.BUFFER_DEBLOAT_TARGET, TARGET)
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        directory.toUri().toString());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.enableCheckpointing(Duration.ofHours(1).toMillis());
        env.fromSequence(0, Long.MAX_VALUE - 1)
                .map(new Sending())
                .rebalance()
                .map(DebloatingTest::slowly)
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob job = session.submit(
                    env.getStreamGraph().getJobGraph(), getClass().getClassLoader());
            while (PROCESSED.get() < FILLED) {
                Waits.aMoment();
            }
            Subtasks.awaitRunning(job);
            job.checkpoint(false).get();
            job.cancel().get();
            return IN_FLIGHT.get();
        }
    }

    @Test
    void asMuchIsInFlightAsIsConsumedInTheTarget() throws Exception {
        assertThat(inFlight()).isGreaterThan(4 * CONSUMED);
        assertThat(inFlight(PREFIX + "enabled", "true")).isBetween(1L, 2 * CONSUMED);
    }

    /** Batches that are large at first, and shrink in no time unless the keys say otherwise. */
    private long inFlightOfLarge(String... keysAndValues) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                PREFIX + "enabled",
                "true",
                PREFIX + "period",
                "10 ms",
                "taskmanager.memory.starting-segment-size",
                "32kb",
                "taskmanager.memory.min-segment-size",
                "16 b"));
        all.addAll(List.of(keysAndValues));
        return inFlight(all.toArray(String[]::new));
    }

    @Test
    void batchesAreAsLargeAtFirstAsConfigured() throws Exception {
        assertThat(inFlightOfLarge()).isBetween(1L, 2 * CONSUMED);
        assertThat(inFlightOfLarge(PREFIX + "period", "1 h", "taskmanager.memory.starting-segment-size", "1kb"))
                .isBetween(1L, 2 * CONSUMED);
    }

    @ParameterizedTest
    @CsvSource({
        "taskmanager.network.memory.buffer-debloat.period, 1 h",
        "taskmanager.network.memory.buffer-debloat.samples, 1000000",
        "taskmanager.network.memory.buffer-debloat.threshold-percentages, 100",
        "taskmanager.memory.min-segment-size, 32kb"
    })
    void batchesStayAsTheyAreAsConfigured(String key, String value) throws Exception {
        assertThat(inFlightOfLarge(key, value)).isGreaterThan(4 * CONSUMED);
    }
}

package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a subtask fails a source's enumerator lives on, and takes back what it has assigned since the checkpoint. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class EnumeratorRecoveryTest {
    private static final long RECORDS = 50_000;
    private static final AtomicInteger RESTORED_ENUMERATORS = new AtomicInteger();
    private static final AtomicInteger FAILURES = new AtomicInteger();
    private static final Set<Long> SEEN = ConcurrentHashMap.newKeySet();

    private static final class Numbers extends NumberSequenceSource {
        private static final long serialVersionUID = 1L;

        Numbers() {
            super(1, RECORDS);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> restoreEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context, Collection<NumberSequenceSplit> checkpoint) {
            RESTORED_ENUMERATORS.incrementAndGet();
            return super.restoreEnumerator(context, checkpoint);
        }
    }

    /** Fails at once, and once more when a checkpoint has completed. */
    private static final class FailTwice implements MapFunction<Long, Long>, CheckpointListener {
        private boolean completed;

        @Override
        public Long map(Long value) {
            boolean first = FAILURES.compareAndSet(0, 1);
            boolean second = completed && FAILURES.compareAndSet(1, 2);
            if (first || second) {
                throw new IllegalStateException("failure");
            }
            if (FAILURES.get() < 2 && value % 100 == 0) {
                java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
            }
            SEEN.add(value);
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            completed = true;
        }
    }

    @BeforeEach
    void clear() {
        RESTORED_ENUMERATORS.set(0);
        FAILURES.set(0);
        SEEN.clear();
    }

    @Test
    void failedSubtasksGiveTheirSplitsBackToTheLiveEnumerator() throws Exception {
        Configuration configuration = new Configuration()
                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10)
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        env.enableCheckpointing(20);
        env.fromSource(new Numbers(), WatermarkStrategy.noWatermarks(), "numbers")
                .map(new FailTwice())
                .sinkTo(new DiscardingSink<>());
        WeirJob.Result result;
        try (WeirSession session = new WeirSession(new Configuration())) {
            result = session.submit(
                            env.getStreamGraph().getJobGraph(), getClass().getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);
        }
        assertThat(result.failure()).isNull();
        assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        assertThat(FAILURES).hasValue(2);
        assertThat(RESTORED_ENUMERATORS).hasValue(0);
        assertThat(SEEN).hasSize((int) RECORDS);
    }
}

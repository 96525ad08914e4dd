package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.GatedRateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A reader that has said when it will have something is not asked before. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SourceAvailabilityTest {
    private static final int RECORDS_PER_CHECKPOINT = 5;
    private static final AtomicInteger RECORDS_MAX = new AtomicInteger();

    private static final class Gated extends NumberSequenceSource {
        private static final long serialVersionUID = 1L;

        Gated(long to) {
            super(1, to);
        }

        @Override
        public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
            return new RateLimitedSourceReader<>(
                    super.createReader(context), new GatedRateLimiter<>(RECORDS_PER_CHECKPOINT));
        }
    }

    private static final class Count implements MapFunction<Long, Long>, CheckpointListener {
        private int sinceCheckpoint;

        @Override
        public Long map(Long value) {
            sinceCheckpoint++;
            RECORDS_MAX.accumulateAndGet(sinceCheckpoint, Math::max);
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            sinceCheckpoint = 0;
        }
    }

    @Test
    void rateLimitIsKeptWhenTheTaskIsWokenForACheckpoint() throws Exception {
        RECORDS_MAX.set(0);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
        env.enableCheckpointing(10);
        env.fromSource(new Gated(50), WatermarkStrategy.noWatermarks(), "gated")
                .map(new Count())
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
        assertThat(RECORDS_MAX.get()).isEqualTo(RECORDS_PER_CHECKPOINT);
    }
}

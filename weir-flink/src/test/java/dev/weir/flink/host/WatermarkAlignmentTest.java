package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WatermarkAlignmentTest {
    /** Static as functions are serialized; counted down by the last record of the fast source, or by a late one of the slow. */
    private static final AtomicReference<CountDownLatch> END = new AtomicReference<>(new CountDownLatch(1));

    private static final long ENDLESS = Long.MAX_VALUE / 2;

    /** A record of the slow source, by which the other one has long got ahead. */
    private static final long LATE = 2_000;

    /** One subtask reads the lower half and ends; were its last watermark to count on, the other would stop a drift later. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void sourceThatHasEndedHoldsBackNoOtherOfItsGroup() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.fromSource(
                        new NumberSequenceSource(1, 4_000_000),
                        WatermarkStrategy.<Long>forMonotonousTimestamps()
                                .withTimestampAssigner((value, timestamp) -> value)
                                .withWatermarkAlignment("group", Duration.ofMillis(400_000), Duration.ofMillis(10)),
                        "numbers")
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(
                            env.getStreamGraph(), getClass().getClassLoader())
                    .result()
                    .get();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
    }

    /** Has watermarks of its split, which it cannot pause. */
    private static final class Unpausable extends NumberSequenceSource {
        private static final long serialVersionUID = 1L;

        Unpausable(long from, long to) {
            super(from, to);
        }

        @Override
        public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
            return new IteratorSourceReader<>(context) {
                private String split = "";

                @Override
                public void addSplits(List<NumberSequenceSplit> splits) {
                    split = splits.get(0).splitId();
                    super.addSplits(splits);
                }

                @Override
                public InputStatus pollNext(ReaderOutput<Long> output) {
                    return super.pollNext(split.isEmpty() ? output : new OfSplit(output, split));
                }
            };
        }
    }

    private record OfSplit(ReaderOutput<Long> output, String split) implements ReaderOutput<Long> {
        @Override
        public void collect(Long value) {
            output.createOutputForSplit(split).collect(value);
        }

        @Override
        public void collect(Long value, long timestamp) {
            output.createOutputForSplit(split).collect(value, timestamp);
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            output.emitWatermark(watermark);
        }

        @Override
        public void markIdle() {
            output.markIdle();
        }

        @Override
        public void markActive() {
            output.markActive();
        }

        @Override
        public SourceOutput<Long> createOutputForSplit(String of) {
            return output.createOutputForSplit(of);
        }

        @Override
        public void releaseOutputForSplit(String of) {
            output.releaseOutputForSplit(of);
        }
    }

    /** Two sources of a group, of which one is slow, so that the other gets ahead of it; cancelled if it goes on for long. */
    private static WeirJob.Result unevenly(long fast, String... keysAndValues) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("pipeline.auto-watermark-interval", "1 ms");
        configuration.setString("restart-strategy.type", "none");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        WatermarkStrategy<Long> aligned = WatermarkStrategy.<Long>forMonotonousTimestamps()
                .withTimestampAssigner((value, timestamp) -> value)
                .withWatermarkAlignment("group", Duration.ofMillis(10), Duration.ofMillis(1));
        CountDownLatch end = new CountDownLatch(1);
        END.set(end);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSource(new NumberSequenceSource(1, ENDLESS), aligned, "slow")
                .map(number -> {
                    if (fast == ENDLESS && number == LATE) {
                        END.get().countDown();
                    }
                    LockSupport.parkNanos(1_000_000);
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        env.fromSource(new Unpausable(1, fast), aligned, "fast")
                .map(number -> {
                    if (number == fast) {
                        END.get().countDown();
                    }
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob job = session.submit(env.getStreamGraph(), WatermarkAlignmentTest.class.getClassLoader());
            while (!end.await(10, TimeUnit.MILLISECONDS) && !job.result().isDone()) {
                // neither
            }
            job.cancel().get();
            return job.result().get();
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void splitsThatCannotBePausedFailTheJobUnlessAllowed() throws Exception {
        String key = "pipeline.watermark-alignment.allow-unaligned-source-splits";
        assertThat(unevenly(ENDLESS, key, "true").status()).isEqualTo(JobStatus.CANCELED);
        WeirJob.Result refused = unevenly(ENDLESS, key, "false");
        assertThat(refused.status()).isEqualTo(JobStatus.FAILED);
        assertThat(refused.failure()).hasRootCauseInstanceOf(UnsupportedOperationException.class);
    }

    /** With the usual number of samples the slow source would have to get as far, in a quarter of an hour. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void aSourceWaitsAfterAsManySamplesAsConfigured() throws Exception {
        assertThat(unevenly(1_000_000, "pipeline.watermark-alignment.buffer-size", "1000000")
                        .status())
                .isEqualTo(JobStatus.CANCELED);
    }
}

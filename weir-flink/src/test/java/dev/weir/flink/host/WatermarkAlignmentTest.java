package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WatermarkAlignmentTest {

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
}

package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.ExternallyInducedSourceReader;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.MasterTriggerRestoreHook;
import org.apache.flink.streaming.api.checkpoint.ExternallyInducedSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sources that want to say themselves when a checkpoint is due: refused, not taken for others. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InducedSourcesTest {
    private static final class Induced extends NumberSequenceSource {
        private static final long serialVersionUID = 1L;

        Induced() {
            super(1, 100);
        }

        @Override
        @SuppressWarnings("unchecked")
        public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
            SourceReader<Long, NumberSequenceSplit> reader = super.createReader(context);
            return (SourceReader<Long, NumberSequenceSplit>) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {ExternallyInducedSourceReader.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("shouldTriggerCheckpoint")) {
                            return Optional.empty();
                        }
                        try {
                            return method.invoke(reader, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    private static final class Legacy implements ExternallyInducedSource<Long, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public void setCheckpointTrigger(CheckpointTrigger checkpointTrigger) {}

        @Override
        public MasterTriggerRestoreHook<String> createMasterTriggerRestoreHook() {
            throw new AssertionError("never asked for");
        }

        @Override
        public void run(SourceContext<Long> context) {
            context.collect(1L);
        }

        @Override
        public void cancel() {}
    }

    private static StreamExecutionEnvironment environment(boolean checkpoints) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        if (checkpoints) {
            env.enableCheckpointing(100);
        }
        return env;
    }

    private static WeirJob.Result run(StreamExecutionEnvironment env) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            return session.submit(env.getStreamGraph().getJobGraph(), InducedSourcesTest.class.getClassLoader())
                    .result()
                    .get();
        }
    }

    private static void induced(StreamExecutionEnvironment env) {
        env.fromSource(new Induced(), WatermarkStrategy.noWatermarks(), "numbers")
                .sinkTo(new DiscardingSink<>());
    }

    @Test
    void aReaderIsRefusedWhereCheckpointsAreOn() throws Exception {
        StreamExecutionEnvironment env = environment(true);
        induced(env);
        WeirJob.Result result = run(env);
        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasStackTraceContaining("ExternallyInducedSourceReader");

        StreamExecutionEnvironment without = environment(false);
        induced(without);
        assertThat(run(without).status()).isEqualTo(JobStatus.FINISHED);
    }

    @Test
    void aHookOfTheCoordinatorIsRefusedWhereCheckpointsAreOn() throws Exception {
        StreamExecutionEnvironment env = environment(true);
        env.addSource(new Legacy()).returns(Long.class).sinkTo(new DiscardingSink<>());
        assertThatThrownBy(() -> run(env)).hasMessageContaining("WithMasterCheckpointHook");

        StreamExecutionEnvironment without = environment(false);
        without.addSource(new Legacy()).returns(Long.class).sinkTo(new DiscardingSink<>());
        assertThat(run(without).status()).isEqualTo(JobStatus.FINISHED);
    }
}

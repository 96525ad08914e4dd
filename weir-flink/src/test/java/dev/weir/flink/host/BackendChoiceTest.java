package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.flink.state.TieredOptions;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.StateBackendFactory;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BackendChoiceTest {

    /** A backend of the user's own. */
    private static final class Refusing extends HashMapStateBackend {
        @Override
        public <K> AbstractKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> parameters) {
            throw new UnsupportedOperationException("no keyed state here");
        }
    }

    /** Named in the configuration. */
    public static final class RefusingFactory implements StateBackendFactory<HashMapStateBackend> {
        @Override
        public HashMapStateBackend createFromConfig(ReadableConfig config, ClassLoader classLoader) {
            return new Refusing();
        }
    }

    private static WeirJob.Result run(String backend) throws Exception {
        return run(new Configuration().set(StateBackendOptions.STATE_BACKEND, backend));
    }

    private static WeirJob.Result run(Configuration configuration) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSequence(1, 10).keyBy(value -> value % 3).reduce(Long::sum).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            return session.submit(env.getStreamGraph(), BackendChoiceTest.class.getClassLoader())
                    .result()
                    .get();
        }
    }

    @Test
    void backendOfTheUsersOwnIsUsed() throws Exception {
        WeirJob.Result result = run(RefusingFactory.class.getName());
        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasRootCauseMessage("no keyed state here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hashmap", "rocksdb", "RocksDB", "forst", "tiered"})
    void flinksOwnAreReplaced(String name) throws Exception {
        assertThat(run(name).status()).isEqualTo(JobStatus.FINISHED);
    }

    @Test
    void aTieredStoreThatWouldHaveAllOfTheHeapIsRefused() {
        assertThatThrownBy(() -> run(new Configuration()
                        .set(StateBackendOptions.STATE_BACKEND, "tiered")
                        .set(TieredOptions.FRACTION, 0.9)))
                .isInstanceOf(JobSubmissionException.class)
                .hasMessageContaining("weir.tiered.heap.memory-fraction=0.9 is not between 0 and 0.8");
    }

    @Test
    void aJobWhoseBackendIsNotThereIsRefused() {
        assertThatThrownBy(() -> run("com.example.NoSuchFactory"))
                .isInstanceOf(JobSubmissionException.class)
                .hasMessageContaining("com.example.NoSuchFactory");
    }
}

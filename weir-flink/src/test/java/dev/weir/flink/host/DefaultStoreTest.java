package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.flink.state.TieredOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.memory.ManagedMemoryUseCase;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which store a job runs on that names none. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DefaultStoreTest {

    private static final AtomicReference<String> SEEN = new AtomicReference<>();

    /** Tells what its subtask is configured with. */
    private static final class Tells extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        @Override
        public void open() {
            SEEN.set(getContainingTask().getEnvironment().getJobConfiguration().get(StateBackendOptions.STATE_BACKEND));
        }

        @Override
        public void processElement(StreamRecord<Long> record) {
            output.collect(record);
        }
    }

    private static StreamGraph graph(List<ManagedMemoryUseCase> ofOperator) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        SingleOutputStreamOperator<Long> tells =
                env.fromSequence(1, 10).keyBy(number -> number % 3).transform("tells", Types.LONG, new Tells());
        for (ManagedMemoryUseCase useCase : ofOperator) {
            SingleOutputStreamOperator<Long> other = tells.rebalance().map(number -> number);
            if (useCase == ManagedMemoryUseCase.OPERATOR) {
                other.getTransformation().declareManagedMemoryUseCaseAtOperatorScope(useCase, 1);
            } else {
                other.getTransformation().declareManagedMemoryUseCaseAtSlotScope(useCase);
            }
            other.sinkTo(new DiscardingSink<>());
        }
        tells.sinkTo(new DiscardingSink<>());
        return env.getStreamGraph();
    }

    private static String storeOf(Configuration configuration, ManagedMemoryUseCase... ofOperator) throws Exception {
        SEEN.set("");
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob.Result result = session.submit(graph(List.of(ofOperator)), DefaultStoreTest.class.getClassLoader())
                    .result()
                    .get();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
        return SEEN.get();
    }

    @Test
    void aJobThatNamesNoneHasTheTieredOne() throws Exception {
        assertThat(storeOf(new Configuration())).isEqualTo("tiered");
    }

    @Test
    void whatTheClusterOrTheJobNamesCounts() throws Exception {
        // the job says nothing, and the operator sees its configuration only: Flink's default
        assertThat(storeOf(new Configuration().set(StateBackendOptions.STATE_BACKEND, "rocksdb")))
                .isNotEqualTo("tiered");
    }

    @ParameterizedTest
    @EnumSource(names = {"OPERATOR", "PYTHON"})
    void managedMemoryThatOthersNeedIsLeftToThem(ManagedMemoryUseCase useCase) throws Exception {
        assertThat(storeOf(new Configuration(), useCase)).isEqualTo("hashmap");
    }

    @Test
    void withoutManagedMemoryStateStaysOnTheHeap() throws Exception {
        assertThat(storeOf(new Configuration().set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO)))
                .isEqualTo("hashmap");
        assertThat(storeOf(new Configuration()
                        .set(
                                TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS,
                                Map.of("OPERATOR", "70", "PYTHON", "30"))))
                .isEqualTo("hashmap");
    }

    /** As on Flink, where nobody looks at what RocksDB would be opened with. */
    @Test
    void optionsThatRocksDbCannotBeOpenedWithDoNotMatter(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(storeOf(new Configuration().set(RocksDBOptions.LOCAL_DIRECTORIES, file.toString())))
                .isEqualTo("hashmap");
        assertThat(storeOf(new Configuration().set(RocksDBOptions.OPTIONS_FACTORY, "com.example.NoSuchFactory")))
                .isEqualTo("hashmap");
    }

    @Test
    void aWrongOptionOfItsOwnIsRefused() {
        assertThatThrownBy(() -> storeOf(new Configuration().set(TieredOptions.FRACTION, 0.9)))
                .isInstanceOf(JobSubmissionException.class)
                .hasMessageContaining("weir.tiered.heap.memory-fraction=0.9 is not between 0 and 0.8");
    }
}

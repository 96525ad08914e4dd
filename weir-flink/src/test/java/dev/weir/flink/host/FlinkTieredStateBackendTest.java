package dev.weir.flink.host;

import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.StateBackendTestBase;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's own tests of a heap state backend, on ours. */
@ExtendWith(ParameterizedTestExtension.class)
final class FlinkTieredStateBackendTest extends StateBackendTestBase<HashMapStateBackend> {

    @Parameter
    double heapFraction;

    @Parameters
    static List<Double> modes() {
        return List.of(0.0, 0.4);
    }

    @Override
    protected ConfigurableStateBackend getStateBackend() {
        return TestedStateBackend.inTwoTiers(heapFraction);
    }

    @Override
    protected CheckpointStorage getCheckpointStorage() {
        return new JobManagerCheckpointStorage();
    }

    @Override
    protected boolean isSerializerPresenceRequiredOnRestore() {
        return true;
    }

    @Override
    protected boolean supportsAsynchronousSnapshots() {
        return true;
    }
}

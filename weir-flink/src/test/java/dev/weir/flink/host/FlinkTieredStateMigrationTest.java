package dev.weir.flink.host;

import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendMigrationTestBase;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's own tests of serializers that change between two runs, on our state backend in two tiers. */
@ExtendWith(ParameterizedTestExtension.class)
final class FlinkTieredStateMigrationTest extends StateBackendMigrationTestBase<StateBackend> {

    @Parameter
    double heapFraction;

    @Parameters
    static List<Double> modes() {
        return List.of(0.0, 0.4);
    }

    @Override
    protected StateBackend getStateBackend() {
        return TestedStateBackend.inTwoTiers(heapFraction);
    }

    @Override
    protected CheckpointStorage getCheckpointStorage() {
        return new JobManagerCheckpointStorage();
    }
}

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

/** Flink's own tests of serializers that change between two runs, on our state backend. */
@ExtendWith(ParameterizedTestExtension.class)
final class FlinkStateMigrationTest extends StateBackendMigrationTestBase<StateBackend> {

    @Parameter
    boolean only;

    @Parameters
    static List<Boolean> modes() {
        return List.of(true);
    }

    @Override
    protected StateBackend getStateBackend() {
        return TestedStateBackend.onTheHeap();
    }

    @Override
    protected CheckpointStorage getCheckpointStorage() {
        return new JobManagerCheckpointStorage();
    }
}

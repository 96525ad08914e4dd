package dev.weir.flink.host;

import dev.weir.flink.state.KeyedBackends;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;

/** Gives hosted operators Weir's keyed store, and Flink's own operator state. Stateless. */
final class HostedStateBackend implements StateBackend {
    private static final long serialVersionUID = 1L;

    @Override
    public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> p)
            throws BackendBuildingException {
        return KeyedBackends.create(
                p.getKvStateRegistry(),
                p.getKeySerializer(),
                p.getEnv().getUserCodeClassLoader().asClassLoader(),
                p.getEnv().getExecutionConfig(),
                p.getTtlTimeProvider(),
                // not the parameters' registry: that one is closed as soon as the backend is built
                new CloseableRegistry(),
                p.getEnv().getTaskStateManager().createLocalRecoveryConfig(),
                isIncremental(p.getEnv()),
                new KeyedBackends.Restored(p.getStateHandles(), p.getCancelStreamRegistry()),
                p.getKeyGroupRange(),
                p.getNumberOfKeyGroups(),
                LatencyTrackingStateConfig.newBuilder()
                        .configure(p.getEnv().getJobConfiguration())
                        .setMetricGroup(p.getMetricGroup())
                        .build(),
                SizeTrackingStateConfig.newBuilder()
                        .configure(p.getEnv().getJobConfiguration())
                        .setMetricGroup(p.getMetricGroup())
                        .build());
    }

    private static boolean isIncremental(Environment environment) {
        return environment
                .getJobConfiguration()
                .getOptional(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)
                .orElseGet(() -> environment
                        .getTaskManagerInfo()
                        .getConfiguration()
                        .get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS));
    }

    @Override
    public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters p) throws Exception {
        return new DefaultOperatorStateBackendBuilder(
                        p.getEnv().getUserCodeClassLoader().asClassLoader(),
                        p.getEnv().getExecutionConfig(),
                        true,
                        p.getStateHandles(),
                        p.getCancelStreamRegistry())
                .build();
    }

    @Override
    public boolean supportsNoClaimRestoreMode() {
        return true;
    }

    @Override
    public boolean supportsSavepointFormat(SavepointFormatType format) {
        return true;
    }
}

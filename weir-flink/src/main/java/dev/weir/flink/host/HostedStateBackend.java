package dev.weir.flink.host;

import dev.weir.flink.state.Estimates;
import dev.weir.flink.state.KeyedBackends;
import java.io.IOException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.jspecify.annotations.Nullable;

/** Gives hosted operators one of Weir's keyed stores, and Flink's own operator state. */
final class HostedStateBackend implements StateBackend {
    private static final long serialVersionUID = 1L;

    private final @Nullable EmbeddedRocksDBStateBackend rocks;
    private final boolean tiered;

    /**
     * @param rocks the options of a store in RocksDB, as Flink configures its own; null for the heap
     * @param tiered whether state is on the heap while it fits
     */
    HostedStateBackend(@Nullable EmbeddedRocksDBStateBackend rocks, boolean tiered) {
        this.rocks = rocks;
        this.tiered = tiered;
    }

    /** All on the heap. */
    static HostedStateBackend onTheHeap() {
        return new HostedStateBackend(null, false);
    }

    @Override
    public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> p)
            throws IOException {
        Estimates estimates = new Estimates(p.getMetricGroup());
        CheckpointableKeyedStateBackend<K> made = KeyedBackends.create(
                p.getKvStateRegistry(),
                p.getKeySerializer(),
                p.getEnv().getUserCodeClassLoader().asClassLoader(),
                p.getEnv().getExecutionConfig(),
                p.getTtlTimeProvider(),
                // not the parameters' registry: that one is closed as soon as the backend is built
                new CloseableRegistry(),
                rocks == null ? isIncremental(p.getEnv()) : rocks.isIncrementalCheckpointsEnabled(),
                new KeyedBackends.Restored(
                        p.getStateHandles(),
                        p.getCancelStreamRegistry(),
                        p.getEnv().getTaskManagerInfo().getTmpWorkingDirectory().toPath()),
                p.getKeyGroupRange(),
                p.getNumberOfKeyGroups(),
                LatencyTrackingStateConfig.newBuilder()
                        .configure(p.getEnv().getJobConfiguration())
                        .setMetricGroup(p.getMetricGroup())
                        .build(),
                SizeTrackingStateConfig.newBuilder()
                        .configure(p.getEnv().getJobConfiguration())
                        .setMetricGroup(p.getMetricGroup())
                        .build(),
                rocks == null ? null : RocksOpening.open(rocks, tiered, p, estimates));
        KeyedBackends.estimate(made, estimates);
        if (p.getEnv() instanceof SubtaskEnvironment subtask) {
            subtask.own(made);
        }
        return made;
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

package dev.weir.flink.state;

import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackendBuilder;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSetFactory;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;

/** Our backend and Flink's heap backend, of the same shape and under the same clock. */
final class BackendPair<K> implements AutoCloseable {

    /** The clock of state TTL. */
    static final class Clock {
        long millis = 1_000;
    }

    /** What the backends of all subtasks of an operator have in common. */
    record Shape<K>(TypeSerializer<K> keySerializer, int keyGroups, ExecutionConfig config, Clock clock) {

        Shape(TypeSerializer<K> keySerializer, int keyGroups) {
            this(keySerializer, keyGroups, new ExecutionConfig(), new Clock());
        }

        AbstractKeyedStateBackend<K> ours(KeyGroupRange range, Collection<KeyedStateHandle> restored)
                throws BackendBuildingException {
            return ours(range, restored, false);
        }

        AbstractKeyedStateBackend<K> ours(
                KeyGroupRange range, Collection<KeyedStateHandle> restored, boolean incremental)
                throws BackendBuildingException {
            return (AbstractKeyedStateBackend<K>) KeyedBackends.create(
                    null,
                    keySerializer,
                    getClass().getClassLoader(),
                    config,
                    () -> clock.millis,
                    new CloseableRegistry(),
                    LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                    incremental,
                    new KeyedBackends.Restored(restored, new CloseableRegistry()),
                    range,
                    keyGroups,
                    LatencyTrackingStateConfig.disabled(),
                    SizeTrackingStateConfig.disabled());
        }

        AbstractKeyedStateBackend<K> flinks(KeyGroupRange range, Collection<KeyedStateHandle> restored)
                throws BackendBuildingException {
            return new HeapKeyedStateBackendBuilder<>(
                            null,
                            keySerializer,
                            getClass().getClassLoader(),
                            keyGroups,
                            range,
                            config,
                            () -> clock.millis,
                            LatencyTrackingStateConfig.disabled(),
                            SizeTrackingStateConfig.disabled(),
                            restored,
                            AbstractStateBackend.getCompressionDecorator(config),
                            LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                            new HeapPriorityQueueSetFactory(range, keyGroups, 16),
                            true,
                            new CloseableRegistry())
                    .build();
        }
    }

    final Clock clock;
    final AbstractKeyedStateBackend<K> ours;
    final AbstractKeyedStateBackend<K> flinks;

    BackendPair(TypeSerializer<K> keySerializer, KeyGroupRange range, int keyGroups) throws Exception {
        this(new Shape<>(keySerializer, keyGroups), range);
    }

    BackendPair(Shape<K> shape, KeyGroupRange range) throws Exception {
        clock = shape.clock();
        ours = shape.ours(range, List.of());
        flinks = shape.flinks(range, List.of());
    }

    void setCurrentKey(K key) {
        ours.setCurrentKey(key);
        flinks.setCurrentKey(key);
    }

    @Override
    public void close() {
        ours.dispose();
        flinks.dispose();
    }
}

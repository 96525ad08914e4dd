package dev.weir.flink.state;

import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.UncompressedStreamCompressionDecorator;
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

    final Clock clock = new Clock();
    final AbstractKeyedStateBackend<K> ours;
    final AbstractKeyedStateBackend<K> flinks;

    BackendPair(TypeSerializer<K> keySerializer, KeyGroupRange range, int keyGroups) throws Exception {
        ours = (AbstractKeyedStateBackend<K>) KeyedBackends.create(
                null,
                keySerializer,
                getClass().getClassLoader(),
                new ExecutionConfig(),
                () -> clock.millis,
                new CloseableRegistry(),
                range,
                keyGroups,
                LatencyTrackingStateConfig.disabled(),
                SizeTrackingStateConfig.disabled());
        flinks = new HeapKeyedStateBackendBuilder<>(
                        null,
                        keySerializer,
                        getClass().getClassLoader(),
                        keyGroups,
                        range,
                        new ExecutionConfig(),
                        () -> clock.millis,
                        LatencyTrackingStateConfig.disabled(),
                        SizeTrackingStateConfig.disabled(),
                        List.of(),
                        UncompressedStreamCompressionDecorator.INSTANCE,
                        LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                        new HeapPriorityQueueSetFactory(range, keyGroups, 16),
                        true,
                        new CloseableRegistry())
                .build();
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

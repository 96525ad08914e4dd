package dev.weir.flink.state;

import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.jspecify.annotations.Nullable;

/** Makes Flink keyed state backends over the engine's stores. Stateless, any thread. */
public final class KeyedBackends {

    private KeyedBackends() {}

    /**
     * An empty backend that keeps live objects on the heap, with the semantics of Flink's {@code HashMapStateBackend}.
     *
     * @param kvStateRegistry where queryable state is published; null where there is none
     * @param keySerializer serializer of the key, the backend's own
     * @param userLoader class loader of the user's code
     * @param executionConfig the job's configuration, for serializers that are made late
     * @param ttlTimeProvider the clock of state TTL
     * @param cancelables the task's; closing it closes the streams the backend has open. The backend leaves it at disposal
     * @param range key groups of the subtask
     * @param numberOfKeyGroups maximum parallelism of the operator
     * @param latencyTracking whether state accesses are timed
     * @param sizeTracking whether state sizes are measured
     */
    public static <K> CheckpointableKeyedStateBackend<K> create(
            @Nullable TaskKvStateRegistry kvStateRegistry,
            TypeSerializer<K> keySerializer,
            ClassLoader userLoader,
            ExecutionConfig executionConfig,
            TtlTimeProvider ttlTimeProvider,
            CloseableRegistry cancelables,
            KeyGroupRange range,
            int numberOfKeyGroups,
            LatencyTrackingStateConfig latencyTracking,
            SizeTrackingStateConfig sizeTracking) {
        KeyGroupSpan span = new KeyGroupSpan(range.getStartKeyGroup(), range.getEndKeyGroup());
        KeyContext<K> context = new KeyContext<>(span, numberOfKeyGroups);
        return new StoreBackedKeyedStateBackend<>(
                kvStateRegistry,
                keySerializer,
                userLoader,
                executionConfig,
                ttlTimeProvider,
                latencyTracking,
                sizeTracking,
                cancelables,
                new StoreKeyContext<>(context, range),
                new HeapStore<>(context, PrimitiveKeys.of(keySerializer)));
    }
}

package dev.weir.flink.state;

import dev.weir.engine.state.KeyGroupSpan;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;

/** The timer queues registered with one backend, by name. */
final class TimerQueueRegistry {

    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final Map<String, RegisteredQueue<?>> queues = new LinkedHashMap<>();

    TimerQueueRegistry(KeyGroupSpan span, int keyGroupCount) {
        this.span = span;
        this.keyGroupCount = keyGroupCount;
    }

    // The name stands for the element type: the serializers' compatibility guards it.
    @SuppressWarnings("unchecked")
    <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> StoreTimerQueue<T> createOrUpdate(
            String name, TypeSerializer<T> serializer, boolean upgradesAllowed) {
        RegisteredQueue<?> present = queues.get(name);
        StoreTimerQueue<T> queue = present == null
                ? new StoreTimerQueue<>(span, keyGroupCount, serializer instanceof TimerSerializer)
                : registerAgain((RegisteredQueue<T>) present, serializer);
        RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
                new RegisteredPriorityQueueStateBackendMetaInfo<>(name, serializer);
        queues.put(
                name,
                new RegisteredQueue<>(queue, upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo));
        return queue;
    }

    void clear() {
        queues.clear();
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            StoreTimerQueue<T> registerAgain(RegisteredQueue<T> present, TypeSerializer<T> serializer) {
        if (present.metaInfo().updateElementSerializer(serializer).isIncompatible()) {
            throw new FlinkRuntimeException(new StateMigrationException(
                    "cannot read timers '" + present.metaInfo().getName() + "' any more: the new serializer ("
                            + serializer + ") is incompatible with the old one"));
        }
        return present.queue();
    }

    private record RegisteredQueue<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>(
            StoreTimerQueue<T> queue, RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo) {}
}

package dev.weir.flink.state;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.RestoredStates;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
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
        StoreTimerQueue<T> queue =
                present == null ? newQueue(serializer) : registerAgain((RegisteredQueue<T>) present, serializer);
        RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
                new RegisteredPriorityQueueStateBackendMetaInfo<>(name, serializer);
        queues.put(
                name,
                new RegisteredQueue<>(queue, upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo));
        return queue;
    }

    private <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> StoreTimerQueue<T> newQueue(
            TypeSerializer<T> serializer) {
        return new StoreTimerQueue<>(span, keyGroupCount, serializer);
    }

    /** The queue of a snapshot, until it is registered with the type that it had then. */
    @SuppressWarnings("unchecked") // what is queued was queued before
    <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> RestoredStates.Timers<?> restored(
            StateMetaInfoSnapshot snapshot) {
        RegisteredQueue<T> queue = (RegisteredQueue<T>) queues.get(snapshot.getName());
        if (queue == null) {
            RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
                    new RegisteredPriorityQueueStateBackendMetaInfo<>(snapshot);
            queue = new RegisteredQueue<>(newQueue(metaInfo.getElementSerializer()), metaInfo);
            queues.put(snapshot.getName(), queue);
        }
        return new RestoredStates.Timers<>(queue.queue()::add, queue.metaInfo());
    }

    /** Adds all queues to a cut that has the tables, as they are now. */
    void cut(BackendCut<?> cut) {
        for (RegisteredQueue<?> queue : queues.values()) {
            cut(queue, cut);
        }
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> void cut(
            RegisteredQueue<T> queue, BackendCut<?> cut) {
        cut.add(queue.metaInfo(), queue.queue().cut(cut));
    }

    void clear() {
        queues.clear();
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            StoreTimerQueue<T> registerAgain(RegisteredQueue<T> present, TypeSerializer<T> serializer) {
        if (present.metaInfo().updateElementSerializer(serializer).isIncompatible()) {
            throw new FlinkRuntimeException(new StateMigrationException(
                    "For heap backends, the new priority queue serializer must not be incompatible. The queue is '"
                            + present.metaInfo().getName() + "', the serializer " + serializer));
        }
        return present.queue();
    }

    private record RegisteredQueue<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>(
            StoreTimerQueue<T> queue, RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo) {}
}

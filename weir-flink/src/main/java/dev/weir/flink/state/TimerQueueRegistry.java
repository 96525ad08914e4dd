package dev.weir.flink.state;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.RestoredStates;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/** The timer queues registered with one backend, by name. */
final class TimerQueueRegistry {

    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final Place place;
    private final Map<String, RegisteredQueue<?>> queues = new LinkedHashMap<>();

    /**
     * Where timers are.
     *
     * @param store in which they are; null for the heap
     * @param head how many of each key group are in memory then
     */
    record Place(@Nullable RocksStore<?> store, OrderedKeys.@Nullable Head head) {

        /** On the heap. */
        static final Place HEAP = new Place(null, null);
    }

    TimerQueueRegistry(KeyGroupSpan span, int keyGroupCount, Place place) {
        this.span = span;
        this.keyGroupCount = keyGroupCount;
        this.place = place;
    }

    // The name stands for the element type: the serializers' compatibility guards it.
    @SuppressWarnings("unchecked")
    <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> StoreQueue<T> createOrUpdate(
            String name, TypeSerializer<T> serializer, boolean upgradesAllowed) {
        RegisteredQueue<?> present = queues.get(name);
        StoreQueue<T> queue =
                present == null ? newQueue(name, serializer) : registerAgain((RegisteredQueue<T>) present, serializer);
        RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
                new RegisteredPriorityQueueStateBackendMetaInfo<>(name, serializer);
        queues.put(
                name,
                new RegisteredQueue<>(queue, upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo));
        return queue;
    }

    private <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> StoreQueue<T> newQueue(
            String name, TypeSerializer<T> serializer) {
        RocksStore<?> store = place.store();
        OrderedKeys.Head head = place.head();
        if (store == null || head == null) {
            return new StoreTimerQueue<>(span, keyGroupCount, serializer);
        }
        KeyGroupRange range = KeyGroupRange.of(span.first(), span.last());
        return StoredTimerQueue.of(store.queue(name), serializer, head, range, keyGroupCount);
    }

    /** The queue of a snapshot, until it is registered with the type that it had then. */
    @SuppressWarnings("unchecked") // what is queued was queued before
    <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> RestoredStates.Timers<?> restored(
            StateMetaInfoSnapshot snapshot) {
        RegisteredQueue<T> queue = (RegisteredQueue<T>) queues.get(snapshot.getName());
        if (queue == null) {
            RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo =
                    new RegisteredPriorityQueueStateBackendMetaInfo<>(snapshot);
            queue = new RegisteredQueue<>(newQueue(snapshot.getName(), metaInfo.getElementSerializer()), metaInfo);
            queues.put(snapshot.getName(), queue);
        }
        return new RestoredStates.Timers<>(queue.queue()::add, queue.metaInfo(), areStored());
    }

    /** Whether all timers are in the database. */
    boolean areStored() {
        return place.store() != null;
    }

    /** The types of queues that are in the database. */
    List<StateMetaInfoSnapshot> stored() {
        return areStored()
                ? queues.values().stream()
                        .map(queue -> queue.metaInfo().snapshot())
                        .toList()
                : List.of();
    }

    /** Adds all queues to a cut that has the tables, as they are now. */
    void cut(BackendCut<?> cut) {
        for (RegisteredQueue<?> queue : queues.values()) {
            cut(queue, cut);
        }
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> void cut(
            RegisteredQueue<T> queue, BackendCut<?> cut) {
        queue.queue().cut(queue.metaInfo(), cut);
    }

    void clear() {
        queues.clear();
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            StoreQueue<T> registerAgain(RegisteredQueue<T> present, TypeSerializer<T> serializer) {
        if (present.metaInfo().updateElementSerializer(serializer).isIncompatible()) {
            throw new FlinkRuntimeException(new StateMigrationException(
                    "The new priority queue serializer must not be incompatible. The queue is '"
                            + present.metaInfo().getName() + "', the serializer " + serializer));
        }
        present.queue().changeSerializer(serializer);
        return present.queue();
    }

    private record RegisteredQueue<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>(
            StoreQueue<T> queue, RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo) {}
}

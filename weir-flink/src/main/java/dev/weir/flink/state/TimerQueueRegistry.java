package dev.weir.flink.state;

import dev.weir.engine.state.ExpectedKeys;
import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.TimerQueue;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.RestoredStates;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.tiered.TieredStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
     * @param store in which they are, a database or with others of the same key groups; null for the heap
     * @param head how many of each key group of a database are in memory; null for the heap
     */
    record Place(@Nullable KeyedStore<?> store, OrderedKeys.@Nullable Head head) {

        /** On the heap. */
        static final Place HEAP = new Place(null, null);

        /** Where timers of a store are that may be in a database. */
        static Place of(KeyedStore<?> store, OrderedKeys.@Nullable Head head) {
            return head == null || store instanceof HeapStore<?> ? HEAP : new Place(store, head);
        }
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
        OrderedKeys.Head head = place.head();
        if (head != null && place.store() instanceof RocksStore<?> database) {
            KeyGroupRange range = KeyGroupRange.of(span.first(), span.last());
            return StoredTimerQueue.of(database.queue(name), serializer, head, range, keyGroupCount);
        }
        if (head != null && place.store() instanceof TieredStore<?> tiers) {
            return inTiers(tiers, name, serializer, head);
        }
        return new StoreTimerQueue<>(span, keyGroupCount, serializer);
    }

    private static <K, T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            StoreQueue<T> inTiers(
                    TieredStore<K> store, String name, TypeSerializer<T> serializer, OrderedKeys.Head head) {
        TieredTimerQueue<K, T> queue = new TieredTimerQueue<>(store, name, serializer, head);
        store.add(queue);
        return queue;
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
        return new RestoredStates.Timers<>(restoring(queue.queue()), queue.metaInfo(), areStored());
    }

    /** No key is selected for timers, which may be more than the heap has room for. */
    private <T> Consumer<T> restoring(StoreQueue<T> queue) {
        if (!(place.store() instanceof TieredStore<?> tiers)) {
            return queue::add;
        }
        return timer -> {
            queue.add(timer);
            tiers.added();
        };
    }

    /** Whether timers are in the database, or those of the key groups that are. */
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

    /** Adds what all queues have on the heap, for later cuts to be compared with. */
    void trackedCut(BackendCut<?> cut) {
        for (RegisteredQueue<?> queue : queues.values()) {
            trackedCut(queue, cut);
        }
    }

    /** No cut will be compared with those of a queue, if there is one of this name, before a version. */
    void forgetChanges(String name, int version) {
        RegisteredQueue<?> queue = queues.get(name);
        if (queue != null) {
            queue.queue().forgetChanges(version);
        }
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> void cut(
            RegisteredQueue<T> queue, BackendCut<?> cut) {
        queue.queue().cut(queue.metaInfo(), cut);
    }

    private static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> void trackedCut(
            RegisteredQueue<T> queue, BackendCut<?> cut) {
        queue.queue().trackedCut(queue.metaInfo(), cut);
    }

    /** Reads ahead what is on the heap, see {@link TimerQueue#touch}. */
    long touch(ExpectedKeys keys) {
        long read = 0;
        for (RegisteredQueue<?> queue : queues.values()) {
            read += queue.queue().touch(keys);
        }
        return read;
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

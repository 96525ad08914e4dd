package dev.weir.flink.state;

import dev.weir.engine.state.ExpectedKeys;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.tiered.Movable;
import dev.weir.rocksdb.tiered.TieredStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * Timers of a tiered store: those of key groups that have moved are in RocksDB, the others on the heap. Who has looked at the
 * first one gets that when polling, though its key group may have moved in between and others be due at the same time.
 */
final class TieredTimerQueue<K, T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
        implements StoreQueue<T>, Movable<K> {

    /** What a timer takes on the heap but for its key and namespace: its object and its places in the queue. */
    private static final long TIMER_BYTES = 64;

    private static final int OBJECT_TO_BYTES = 3;

    /** A new sample counts for so much of the mean. */
    private static final int SAMPLES = 16;

    private final TieredStore<K> store;
    private final String name;
    private final StoreTimerQueue<T> heap;
    private final OrderedKeys.Head head;
    private final DataOutputSerializer sample = new DataOutputSerializer(64);
    private TypeSerializer<T> serializer;
    private @Nullable StoredTimerQueue<T> stored;
    private double meanBytes = -1;

    // The first one when a key group moved, which somebody may have seen.
    private @Nullable T seen;

    // Of a key group on its way.
    private @Nullable T moving;

    TieredTimerQueue(TieredStore<K> store, String name, TypeSerializer<T> serializer, OrderedKeys.Head head) {
        this.store = store;
        this.name = name;
        this.serializer = serializer;
        this.head = head;
        this.heap = new StoreTimerQueue<>(span(), keyGroupCount(), serializer);
    }

    /** What is on the heap. */
    StoreTimerQueue<T> onHeap() {
        return heap;
    }

    private KeyGroupSpan span() {
        return store.context().span();
    }

    private int keyGroupCount() {
        return store.context().keyGroupCount();
    }

    private StoreQueue<T> placeOf(T timer, StoreQueue<T> inDatabase) {
        return store.isStored(KeyGroups.assign(timer.getKey().hashCode(), keyGroupCount())) ? inDatabase : heap;
    }

    /** Where the first timer is, nobody having seen one. */
    private StoreQueue<T> placeOfFirst(StoreQueue<T> inDatabase) {
        T ofHeap = heap.peek();
        T ofDatabase = inDatabase.peek();
        return ofDatabase == null || (ofHeap != null && ofHeap.comparePriorityTo(ofDatabase) <= 0) ? heap : inDatabase;
    }

    @Override
    public long touch(ExpectedKeys keys) {
        return heap.touch(keys);
    }

    @Override
    public @Nullable T peek() {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            return heap.peek();
        }
        return seen == null ? placeOfFirst(present).peek() : seen;
    }

    @Override
    public @Nullable T poll() {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            return heap.poll();
        }
        T polled = seen;
        if (polled == null) {
            return placeOfFirst(present).poll();
        }
        seen = null;
        placeOf(polled, present).remove(polled);
        return polled;
    }

    @Override
    public boolean add(T timer) {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            return heap.add(timer);
        }
        T before = peek();
        seen = null;
        placeOf(timer, present).add(timer);
        return !Objects.equals(before, peek());
    }

    @Override
    public boolean remove(T timer) {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            return heap.remove(timer);
        }
        T before = peek();
        seen = null;
        placeOf(timer, present).remove(timer);
        return !Objects.equals(before, peek());
    }

    @Override
    public boolean isEmpty() {
        return peek() == null;
    }

    @Override
    public int size() {
        StoredTimerQueue<T> present = stored;
        return present == null ? heap.size() : heap.size() + present.size();
    }

    @Override
    public CloseableIterator<T> iterator() {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            return heap.iterator();
        }
        // those of a key group that moves meanwhile are among the heap's, which lists them at once
        Iterator<T> ofHeap = heap.iterator();
        Iterator<Integer> moved = store.stored().stream().iterator();
        return CloseableIterator.adapterForIterator(new Iterator<>() {
            private Iterator<T> current = ofHeap;

            @Override
            public boolean hasNext() {
                while (!current.hasNext() && moved.hasNext()) {
                    current = present.getSubsetForKeyGroup(moved.next()).iterator();
                }
                return current.hasNext();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return current.next();
            }
        });
    }

    @Override
    public Set<T> getSubsetForKeyGroup(int keyGroup) {
        StoredTimerQueue<T> present = stored;
        return present != null && store.isStored(keyGroup)
                ? present.getSubsetForKeyGroup(keyGroup)
                : heap.getSubsetForKeyGroup(keyGroup);
    }

    @Override
    public void cut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            heap.cut(metaInfo, cut);
        } else {
            cut.add(metaInfo, heap.cut(cut), present.cut(), store.stored());
        }
    }

    @Override
    public void trackedCut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {
        heap.trackedCut(metaInfo, cut);
    }

    @Override
    public void forgetChanges(int version) {
        heap.forgetChanges(version);
    }

    @Override
    public void changeSerializer(TypeSerializer<T> changed) {
        serializer = changed;
        StoredTimerQueue<T> present = stored;
        if (present != null) {
            present.changeSerializer(changed);
        }
    }

    @Override
    public long estimatedBytes() {
        T first = heap.peek();
        if (first == null) {
            return 0;
        }
        double bytes = TIMER_BYTES + (double) OBJECT_TO_BYTES * written(first);
        meanBytes = meanBytes < 0 ? bytes : meanBytes + (bytes - meanBytes) / SAMPLES;
        return (long) (meanBytes * heap.size());
    }

    /** What cannot be written counts for nothing: whoever has to write it will say so. */
    private int written(T timer) {
        try {
            sample.clear();
            serializer.serialize(timer, sample);
            return sample.length();
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    @Override
    public double entryBytes() {
        return Math.max(TIMER_BYTES, meanBytes);
    }

    @Override
    public int size(int keyGroup) {
        return heap.getSubsetForKeyGroup(keyGroup).size();
    }

    @Override
    public void spillTo(RocksStore<K> database) {
        KeyGroupRange range = KeyGroupRange.of(span().first(), span().last());
        stored = StoredTimerQueue.of(database.queue(name), serializer, head, range, keyGroupCount());
    }

    private StoredTimerQueue<T> required() {
        StoredTimerQueue<T> present = stored;
        if (present == null) {
            throw new IllegalStateException("no timer of '" + name + "' is stored");
        }
        return present;
    }

    @Override
    public boolean hasStored(int keyGroup) {
        return required().hasAny(keyGroup);
    }

    @Override
    public void copy(int keyGroup, Load load) {
        if (seen == null) {
            seen = peek();
        }
        moving = required().load(keyGroup, heap.getSubsetForKeyGroup(keyGroup), load);
    }

    @Override
    public void clear(int keyGroup) {
        T first = moving;
        if (first == null) {
            return;
        }
        moving = null;
        new ArrayList<>(heap.getSubsetForKeyGroup(keyGroup)).forEach(heap::remove);
        required().loaded(keyGroup, first);
    }
}

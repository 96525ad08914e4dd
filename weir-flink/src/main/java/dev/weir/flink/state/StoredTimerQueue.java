package dev.weir.flink.state;

import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.rocksdb.KeyCut;
import dev.weir.rocksdb.KeyQueue;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.OrderedKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.InternalPriorityQueue;
import org.apache.flink.runtime.state.KeyExtractorFunction;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.PriorityComparator;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.AbstractHeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.KeyGroupPartitionedPriorityQueue;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * Timers in RocksDB: those of each key group in the order of their bytes, which is that of their times, and Flink's own heap
 * of key groups, so that timers of one time come in Flink's order.
 */
final class StoredTimerQueue<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
        extends KeyGroupPartitionedPriorityQueue<T, StoredTimerQueue.OfKeyGroup<T>> implements StoreQueue<T> {

    private final KeyQueue stored;
    private final Form<T> form;
    private final Map<Integer, OrderedKeys> keys;

    private StoredTimerQueue(
            KeyQueue stored,
            Form<T> form,
            Map<Integer, OrderedKeys> keys,
            OrderedKeys.Head head,
            KeyGroupRange range,
            int keyGroupCount) {
        super(
                KeyExtractorFunction.forKeyedObjects(),
                PriorityComparator.forPriorityComparableObjects(),
                (keyGroup, keyGroups, key, order) -> new OfKeyGroup<>(
                        keys.computeIfAbsent(keyGroup, k -> stored.ofKeyGroup(k, head)), stored.prefix(keyGroup), form),
                range,
                keyGroupCount);
        this.stored = stored;
        this.form = form;
        this.keys = keys;
    }

    /**
     * A queue.
     *
     * @param stored has the timers
     * @param serializer writes timers such that their bytes are in their order
     * @param head timers of each key group that are in memory
     */
    static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> StoredTimerQueue<T> of(
            KeyQueue stored,
            TypeSerializer<T> serializer,
            OrderedKeys.Head head,
            KeyGroupRange range,
            int keyGroupCount) {
        return new StoredTimerQueue<>(stored, new Form<>(serializer), new HashMap<>(), head, range, keyGroupCount);
    }

    /** The timers as they are now. */
    KeyCut cut() {
        return stored.cut();
    }

    @Override
    public void cut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {
        cut.add(metaInfo, cut());
    }

    /** {@inheritDoc} Nothing is on the heap. */
    @Override
    public void trackedCut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {}

    @Override
    public void forgetChanges(int version) {}

    /** Whether there are any of a key group. */
    boolean hasAny(int keyGroup) {
        return stored.hasAny(keyGroup);
    }

    /**
     * Writes timers of a key group that has none, all but the first, which has to be handed over when they are written.
     *
     * @return the first one; null where there is none
     * @see #loaded
     */
    @Nullable
    T load(int keyGroup, Iterable<T> timers, Load load) {
        byte[] prefix = stored.prefix(keyGroup);
        T first = null;
        byte[] firstKey = {};
        for (T timer : timers) {
            byte[] key = form.write(prefix, timer).getCopyOfBuffer();
            if (first == null || Arrays.compareUnsigned(key, firstKey) < 0) {
                if (first != null) {
                    stored.load(load, firstKey);
                }
                first = timer;
                firstKey = key;
            } else {
                stored.load(load, key);
            }
        }
        return first;
    }

    /** All but the first timer of a key group, which had none, are stored: here it is, so that the order of key groups is told. */
    void loaded(int keyGroup, T first) {
        Objects.requireNonNull(keys.get(keyGroup)).loaded();
        add(first);
    }

    @Override
    public void changeSerializer(TypeSerializer<T> serializer) {
        form.serializer = serializer;
    }

    /** How timers are bytes. */
    private static final class Form<T> {
        private final DataOutputSerializer out = new DataOutputSerializer(64);
        private final DataInputDeserializer in = new DataInputDeserializer();
        private TypeSerializer<T> serializer;

        Form(TypeSerializer<T> serializer) {
            this.serializer = serializer;
        }

        /** The bytes of a timer, until the next one is written. */
        DataOutputSerializer write(byte[] prefix, T timer) {
            try {
                out.clear();
                out.write(prefix);
                serializer.serialize(timer, out);
                return out;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot serialize a timer: " + e.getMessage(), e);
            }
        }

        T read(byte[] prefix, byte[] key) {
            try {
                in.setBuffer(key, prefix.length, key.length - prefix.length);
                return serializer.deserialize(in);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read a timer: " + e.getMessage(), e);
            }
        }
    }

    /** The timers of a key group. */
    static final class OfKeyGroup<T> extends AbstractHeapPriorityQueueElement implements InternalPriorityQueue<T> {
        private final OrderedKeys keys;
        private final byte[] prefix;
        private final Form<T> form;

        // What was read last, and of which key.
        private @Nullable T first;
        private byte @Nullable [] firstKey;

        OfKeyGroup(OrderedKeys keys, byte[] prefix, Form<T> form) {
            this.keys = keys;
            this.prefix = prefix;
            this.form = form;
        }

        @Override
        public @Nullable T peek() {
            byte[] key = keys.first();
            if (key == null) {
                return null;
            }
            T present = first;
            if (present == null || key != firstKey) {
                present = form.read(prefix, key);
                first = present;
                firstKey = key;
            }
            return present;
        }

        @Override
        public @Nullable T poll() {
            T polled = peek();
            byte[] key = keys.first();
            if (key != null) {
                keys.remove(key, key.length);
            }
            return polled;
        }

        /** {@inheritDoc} True where the first timer is another now. */
        @Override
        public boolean add(T timer) {
            byte[] before = keys.first();
            DataOutputSerializer key = form.write(prefix, timer);
            keys.add(key.getSharedBuffer(), key.length());
            return before != keys.first();
        }

        /** {@inheritDoc} True where the first timer is another now. */
        @Override
        public boolean remove(T timer) {
            byte[] before = keys.first();
            DataOutputSerializer key = form.write(prefix, timer);
            keys.remove(key.getSharedBuffer(), key.length());
            return before != keys.first();
        }

        @Override
        public boolean isEmpty() {
            return keys.first() == null;
        }

        @Override
        public int size() {
            return keys.size();
        }

        @Override
        public void addAll(@Nullable Collection<? extends T> added) {
            if (added != null) {
                added.forEach(this::add);
            }
        }

        @Override
        public CloseableIterator<T> iterator() {
            Iterator<byte[]> all = keys.iterator();
            return CloseableIterator.adapterForIterator(new Iterator<T>() {
                @Override
                public boolean hasNext() {
                    return all.hasNext();
                }

                @Override
                public T next() {
                    return form.read(prefix, all.next());
                }
            });
        }
    }
}

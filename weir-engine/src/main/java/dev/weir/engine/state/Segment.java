package dev.weir.engine.state;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one key group: an open-addressing map with linear probing.
 *
 * <p>Entry {@code i} has its hash in the high and its version stamp in the low half of {@code meta[i << wide]}, which is 0
 * where there is no entry (stamps begin with 1), and its value, key and namespace in {@code slots[i * stride ...]}. A key
 * that is a long stands beside the hash instead, at {@code meta[(i << 1) + 1]}, so that a probe touches no other memory.
 * The home of an entry is given by the high bits of its hash, so that growing keeps the order of entries and a cursor can
 * be scaled. Removal shifts entries back, so there are no tombstones.
 */
final class Segment<K, N, V> {

    private static final int CAPACITY_MIN = 4;
    private static final int CAPACITY_MAX = 1 << 29;
    private static final int KEY = 1;
    private static final int NAMESPACE = 2;

    private final Versions<V> versions;
    private final @Nullable N onlyNamespace;
    private final @Nullable LongKeys<K> longKeys;
    private final int wide;
    private final int stride;
    private long[] meta = new long[0];
    private @Nullable Object[] slots = new @Nullable Object[0];
    private int shift;
    private int size;
    private int structure;
    private boolean shared;
    private @Nullable N lastNamespace;

    /** Keys are kept as longs where there is one namespace only and {@code keys} is given. */
    Segment(Versions<V> versions, @Nullable N onlyNamespace, @Nullable LongKeys<K> keys) {
        this.versions = versions;
        this.onlyNamespace = onlyNamespace;
        this.longKeys = onlyNamespace == null ? null : keys;
        this.wide = longKeys == null ? 0 : 1;
        this.stride = onlyNamespace == null ? 3 : 2 - wide;
    }

    /** The finalizer of MurmurHash3 without its last step: the high bits are what counts. */
    static int mix(int hash) {
        int h = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        return (h ^ (h >>> 13)) * 0xc2b2ae35;
    }

    int size() {
        return size;
    }

    /** Counts insertions and removals. */
    int structure() {
        return structure;
    }

    int capacity() {
        return meta.length >> wide;
    }

    @Nullable
    V get(int hash, K key, N namespace) {
        int i = find(hash, key, namespace);
        return i < 0 ? null : live(i);
    }

    /** The value for reading: neither copied nor stamped. */
    @Nullable
    V peek(int hash, K key, N namespace) {
        int i = find(hash, key, namespace);
        return i < 0 ? null : valueAt(i);
    }

    boolean contains(int hash, K key, N namespace) {
        return find(hash, key, namespace) >= 0;
    }

    void put(int hash, K key, N namespace, @Nullable V value) {
        int i = find(hash, key, namespace);
        if (i >= 0) {
            replace(i, value);
        } else {
            insert(~i, hash, key, namespace, value);
        }
    }

    void remove(int hash, K key, N namespace) {
        int i = find(hash, key, namespace);
        if (i >= 0) {
            removeAt(i);
        }
    }

    @Nullable
    V removeAndGet(int hash, K key, N namespace) {
        int i = find(hash, key, namespace);
        if (i < 0) {
            return null;
        }
        V value = owned(i);
        removeAt(i);
        return value;
    }

    <A extends @Nullable Object> void transform(
            int hash, K key, N namespace, A argument, Transformation<V, A> transformation) throws Exception {
        int i = find(hash, key, namespace);
        int before = structure;
        V next = transformation.apply(i < 0 ? null : owned(i), argument);
        if (structure != before) {
            // The transformation was user code that changed this very table.
            put(hash, key, namespace, next);
        } else if (i >= 0) {
            replace(i, next);
        } else {
            insert(~i, hash, key, namespace, next);
        }
    }

    <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> transformation) throws Exception {
        for (int i = next(0); i >= 0; i = next(i + 1)) {
            replace(i, transformation.apply(owned(i), argument));
        }
    }

    /** The first entry at or after a slot, -1 where there is none. */
    int next(int from) {
        int capacity = capacity();
        for (int i = from; i < capacity; i++) {
            if (isOccupied(i)) {
                return i;
            }
        }
        return -1;
    }

    boolean isOccupied(int i) {
        return meta[i << wide] != 0;
    }

    @SuppressWarnings("unchecked")
    K keyAt(int i) {
        LongKeys<K> keys = longKeys;
        return keys != null ? keys.fromLong(meta[(i << 1) + 1]) : (K) Objects.requireNonNull(slots[i * stride + KEY]);
    }

    @SuppressWarnings("unchecked")
    N namespaceAt(int i) {
        return onlyNamespace != null ? onlyNamespace : (N) Objects.requireNonNull(slots[i * stride + NAMESPACE]);
    }

    @SuppressWarnings("unchecked")
    @Nullable
    V valueAt(int i) {
        return (V) slots[i * stride];
    }

    int stampAt(int i) {
        return (int) meta[i << wide];
    }

    /** The entries as they are now; this segment copies its arrays before it changes them. */
    Segment<K, N, V> share() {
        Segment<K, N, V> cut = new Segment<>(versions, onlyNamespace, longKeys);
        cut.meta = meta;
        cut.slots = slots;
        cut.shift = shift;
        cut.size = size;
        cut.shared = true;
        shared = true;
        return cut;
    }

    /** The slot of the entry, or {@code ~slot} of where it would go (meaningless without capacity). */
    private int find(int hash, K key, N namespace) {
        if (meta.length == 0) {
            return -1;
        }
        LongKeys<K> keys = longKeys;
        return keys != null ? findLong(hash, keys.toLong(key)) : findObject(hash, key, namespace);
    }

    private int findLong(int hash, long key) {
        long[] entries = meta;
        int mask = entries.length - 1;
        int at = (hash >>> shift) << 1;
        while (entries[at] != 0) {
            if (entries[at + 1] == key) {
                return at >> 1;
            }
            at = (at + 2) & mask;
        }
        return ~(at >> 1);
    }

    private int findObject(int hash, K key, N namespace) {
        long[] entries = meta;
        int mask = entries.length - 1;
        int i = hash >>> shift;
        while (true) {
            long entry = entries[i];
            if (entry == 0) {
                return ~i;
            }
            if ((int) (entry >>> 32) == hash && matches(i, key, namespace)) {
                return i;
            }
            i = (i + 1) & mask;
        }
    }

    private boolean matches(int i, K key, N namespace) {
        int at = i * stride;
        return key.equals(slots[at + KEY]) && (onlyNamespace != null || namespace.equals(slots[at + NAMESPACE]));
    }

    /** The value to hand out, which the caller may change from now on. */
    private @Nullable V live(int i) {
        if (stampAt(i) != versions.current() && !versions.immutable()) {
            replace(i, owned(i));
        }
        return valueAt(i);
    }

    /** The value, or a copy where a cut needs the stored object. */
    private @Nullable V owned(int i) {
        V value = valueAt(i);
        if (value != null && !versions.immutable() && versions.isPinned(stampAt(i))) {
            return versions.codec().copy(value);
        }
        return value;
    }

    private void replace(int i, @Nullable V value) {
        own();
        slots[i * stride] = value;
        meta[i << wide] = stamped(hashAt(i));
    }

    private void insert(int free, int hash, K key, N namespace, @Nullable V value) {
        int i = free;
        int capacity = capacity();
        if (size >= capacity - (capacity >>> 2)) {
            resize(Math.max(CAPACITY_MIN, capacity * 2));
            i = ~find(hash, key, namespace);
        } else {
            own();
        }
        int at = i * stride;
        slots[at] = value;
        LongKeys<K> keys = longKeys;
        if (keys != null) {
            meta[(i << 1) + 1] = keys.toLong(key);
        } else {
            slots[at + KEY] = key;
        }
        if (onlyNamespace == null) {
            slots[at + NAMESPACE] = deduplicated(namespace);
        }
        meta[i << wide] = stamped(hash);
        size++;
        structure++;
    }

    /** Windows come in runs: keeps one object for equal namespaces inserted one after the other. */
    private N deduplicated(N namespace) {
        N last = lastNamespace;
        if (last != null && namespace.equals(last)) {
            return last;
        }
        lastNamespace = namespace;
        return namespace;
    }

    private int hashAt(int i) {
        return (int) (meta[i << wide] >>> 32);
    }

    private long stamped(int hash) {
        return ((long) hash << 32) | versions.current();
    }

    private void removeAt(int removed) {
        own();
        int mask = capacity() - 1;
        int hole = removed;
        for (int i = (hole + 1) & mask; isOccupied(i); i = (i + 1) & mask) {
            int home = hashAt(i) >>> shift;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                copy(meta, slots, i, hole);
                hole = i;
            }
        }
        meta[hole << wide] = 0;
        for (int f = 0; f < stride; f++) {
            slots[hole * stride + f] = null;
        }
        size--;
        structure++;
        if (size == 0) {
            lastNamespace = null;
        }
        int capacity = capacity();
        if (size * 8 < capacity && capacity > CAPACITY_MIN) {
            resize(capacity / 2);
        }
    }

    private void copy(long[] fromMeta, @Nullable Object[] fromSlots, int from, int to) {
        meta[to << wide] = fromMeta[from << wide];
        if (wide > 0) {
            meta[(to << 1) + 1] = fromMeta[(from << 1) + 1];
        }
        System.arraycopy(fromSlots, from * stride, slots, to * stride, stride);
    }

    private void own() {
        if (shared) {
            meta = meta.clone();
            slots = slots.clone();
            shared = false;
        }
    }

    private void resize(int capacity) {
        if (capacity > CAPACITY_MAX) {
            throw new IllegalStateException("a key group outgrew the heap store: entries=" + size
                    + " > limit=" + (CAPACITY_MAX - (CAPACITY_MAX >>> 2))
                    + "; set a larger maximum parallelism, which makes more and smaller key groups");
        }
        long[] oldMeta = meta;
        @Nullable Object[] oldSlots = slots;
        meta = new long[capacity << wide];
        slots = new @Nullable Object[capacity * stride];
        shift = Integer.numberOfLeadingZeros(capacity) + 1;
        shared = false;
        int mask = capacity - 1;
        for (int from = 0; from < oldMeta.length >> wide; from++) {
            long entry = oldMeta[from << wide];
            if (entry != 0) {
                int to = (int) (entry >>> 32) >>> shift;
                while (isOccupied(to)) {
                    to = (to + 1) & mask;
                }
                copy(oldMeta, oldSlots, from, to);
            }
        }
    }
}

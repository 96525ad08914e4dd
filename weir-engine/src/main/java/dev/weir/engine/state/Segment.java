package dev.weir.engine.state;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one key group: an open-addressing map with linear probing.
 *
 * <p>Entry {@code i} has its longs at {@code longs[i * width ...]} and its objects at {@code objects[i * stride ...]}, in the
 * order that {@link Layout} gives. The first long has the hash in its high and the version stamp in its low half; it is 0
 * where there is no entry (stamps begin with 1). With keys that are longs and flat values, all of an entry is in one place
 * and nothing of it is an object. The home of an entry is given by the high bits of its hash, so that growing keeps the
 * order of entries and a cursor can be scaled. Removal shifts entries back, so there are no tombstones.
 */
final class Segment<K, N, V> {

    private static final int CAPACITY_MIN = 4;
    private static final int LENGTH_MAX = 1 << 30;
    private static final int KEY = 1;

    /** What a value with an array of its own takes by about. */
    private static final int TOUCHABLE_BYTES = 128;

    private final Versions<V> versions;
    private final @Nullable N onlyNamespace;
    private final @Nullable LongKeys<K> keys;
    private Layout<K, N, V> layout;
    private @Nullable FlatValues<V> flat;
    private int width;
    private long[] longs = new long[0];
    private @Nullable Object[] objects = new @Nullable Object[0];
    private int capacity;
    private int shift;
    private int size;
    private int structure;

    // The newest of the cuts that may need these arrays.
    private @Nullable SegmentCut<K, N, V> cuts;
    private @Nullable N lastNamespace;

    // To ask a class whether it is of an interface takes long where it is not.
    private @Nullable Class<?> untouchable;
    private boolean touchable;

    Segment(Versions<V> versions, Layout<K, N, V> layout) {
        this.versions = versions;
        this.onlyNamespace = layout.onlyNamespace;
        this.keys = layout.keys;
        this.layout = layout;
        this.flat = layout.flat;
        this.width = layout.width;
    }

    /** The finalizer of MurmurHash3 without its last step: the high bits are what counts. */
    static int mix(int hash) {
        int h = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        return (h ^ (h >>> 13)) * 0xc2b2ae35;
    }

    /** The hash code that {@link #mix} gave this for. */
    static int unmix(int mixed) {
        int h = mixed * 0x7ed1b41d;
        h = (h ^ (h >>> 13) ^ (h >>> 26)) * 0xa5cb9243;
        return h ^ (h >>> 16);
    }

    int size() {
        return size;
    }

    /** Makes room for so many entries in all. */
    void reserve(int entries) {
        long needed = Math.min(Integer.highestOneBit(capacityMax()), entries + entries / 3L + 1);
        if (entries > 0 && needed > capacity) {
            resize(Math.max(CAPACITY_MIN, Integer.highestOneBit((int) (2 * needed - 1))));
        }
    }

    /** Counts insertions and removals. */
    int structure() {
        return structure;
    }

    int capacity() {
        return capacity;
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

    void clear() {
        Removals removals = versions.removals();
        if (removals != null) {
            for (int i = next(0); i >= 0; i = next(i + 1)) {
                removals.add(keyAt(i).hashCode());
            }
        }
        release();
    }

    /** Drops all entries, without a word of it to those who hear of removals. */
    void release() {
        structure++;
        size = 0;
        capacity = 0;
        longs = new long[0];
        objects = new @Nullable Object[0];
        cuts = null;
    }

    /** Keeps values as words from now on, unless one of those present does not fit. */
    void flatten(FlatValues<V> values) {
        for (int i = next(0); i >= 0; i = next(i + 1)) {
            V value = valueAt(i);
            if (value == null || !values.fits(value)) {
                return;
            }
        }
        relayout(layout.with(values));
    }

    /** The first entry at or after a slot, -1 where there is none. */
    int next(int from) {
        for (int i = from; i < capacity; i++) {
            if (isOccupied(i)) {
                return i;
            }
        }
        return -1;
    }

    boolean isOccupied(int i) {
        return longs[i * width] != 0;
    }

    @SuppressWarnings("unchecked")
    K keyAt(int i) {
        return keys != null
                ? keys.fromLong(longs[i * width + KEY])
                : (K) Objects.requireNonNull(objects[i * layout.stride + layout.keyAt]);
    }

    @SuppressWarnings("unchecked")
    N namespaceAt(int i) {
        return onlyNamespace != null
                ? onlyNamespace
                : (N) Objects.requireNonNull(objects[i * layout.stride + layout.namespaceAt]);
    }

    @SuppressWarnings("unchecked")
    @Nullable
    V valueAt(int i) {
        FlatValues<V> values = flat;
        if (values == null) {
            return (V) objects[i * layout.stride];
        }
        return values.read(longs, i * width + layout.wordsAt, values.hasPart() ? objects[i * layout.stride] : null);
    }

    TableEntry<K, N, V> entryAt(int i) {
        return new TableEntry<>(keyAt(i), namespaceAt(i), valueAt(i));
    }

    /** See {@link HashBuckets}; hashes are of keys alone where there is one namespace only. */
    int bucketAt(int i) {
        return onlyNamespace != null ? HashBuckets.ofMixed(hashAt(i)) : HashBuckets.of(keyAt(i).hashCode());
    }

    int stampAt(int i) {
        return (int) longs[i * width];
    }

    /**
     * The entries as they are now.
     *
     * @param saved where they are copied to before they change
     */
    SegmentCut<K, N, V> cut(SavedPages saved) {
        SegmentCut<K, N, V> cut = new SegmentCut<>(view(), saved, SegmentCut.needed(cuts));
        cuts = cut;
        return cut;
    }

    /** A segment with the same arrays, for reading. */
    private Segment<K, N, V> view() {
        Segment<K, N, V> view = new Segment<>(versions, layout);
        view.longs = longs;
        view.objects = objects;
        view.capacity = capacity;
        view.size = size;
        return view;
    }

    boolean hasObjects() {
        return layout.stride > 0;
    }

    /** Whether keys are objects, or values or parts of them. */
    boolean keepsObjects() {
        FlatValues<V> values = flat;
        return keys == null || values == null || values.hasPart();
    }

    /** What the arrays take, with references of four bytes. */
    long arrayBytes() {
        return (long) longs.length * Long.BYTES + (long) objects.length * Integer.BYTES;
    }

    int saveLongs(int from, int slots, SavedPages saved) {
        return saved.add(longs, from * width, slots * width);
    }

    int saveObjects(int from, int slots, SavedPages saved) {
        return saved.add(objects, from * layout.stride, slots * layout.stride);
    }

    /** So many slots of the same layout, for copies of entries that are read one after the other. */
    Segment<K, N, V> room(int slots) {
        Segment<K, N, V> room = new Segment<>(versions, layout);
        room.longs = new long[slots * width];
        room.objects = new @Nullable Object[slots * layout.stride];
        room.capacity = slots;
        return room;
    }

    /** Takes slots of another segment of this layout. */
    void fill(int to, int slots, Segment<K, N, V> other, int from) {
        int stride = layout.stride;
        System.arraycopy(other.longs, from * width, longs, to * width, slots * width);
        System.arraycopy(other.objects, from * stride, objects, to * stride, slots * stride);
    }

    /** Copies the entry in a slot of another segment of this layout. */
    void copyEntry(Segment<K, N, V> other, int from, int to) {
        move(other.longs, other.objects, from, to);
    }

    /** Takes slots of another segment of this layout that were saved. */
    void fill(int to, int slots, SavedPages saved, int longsPlace, int objectsPlace) {
        int stride = layout.stride;
        saved.read(longsPlace, longs, to * width, slots * width);
        if (stride > 0) {
            saved.read(objectsPlace, objects, to * stride, slots * stride);
        }
    }

    /** The slot of a key where there is one namespace only, see below. */
    int find(int hash, K key) {
        return find(hash, key, Objects.requireNonNull(onlyNamespace));
    }

    /** Adds an entry where there is one namespace only; {@code free} is the slot that {@link #find(int, K)} gave. */
    void insert(int free, int hash, K key, @Nullable V value) {
        insert(free, hash, key, Objects.requireNonNull(onlyNamespace), value);
    }

    /** The slot of the entry, or {@code ~slot} of where it would go (meaningless without capacity). */
    private int find(int hash, K key, N namespace) {
        if (capacity == 0) {
            return -1;
        }
        LongKeys<K> present = keys;
        return present != null ? findLong(hash, present.toLong(key), namespace) : findObject(hash, key, namespace);
    }

    /** What the arrays take, and those of values that have some, by a guess. */
    long bytesToTouch(int hash) {
        long bytes = (long) Long.BYTES * longs.length + (long) Integer.BYTES * objects.length;
        if (!touchable && objects.length > 0) {
            touchable = touchableAt(hash >>> shift) != null;
        }
        return touchable ? bytes + (long) TOUCHABLE_BYTES * size : bytes;
    }

    /** Whether {@link #bytesToTouch} has seen a value with arrays of its own. */
    boolean hasTouchable() {
        return touchable;
    }

    /** Reads where the entry of a hash may be. */
    long touch(int hash) {
        if (capacity == 0) {
            return 0;
        }
        int i = hash >>> shift;
        long read = longs[i * width];
        return objects.length == 0 || objects[i * layout.stride] == null ? read : ~read;
    }

    /** Finds the first entry of a hash and reads of which class its value is; -1 where there is no object. */
    int touchObject(int hash) {
        if (capacity == 0 || objects.length == 0) {
            return -1;
        }
        int i = hash >>> shift;
        while (hashAt(i) != hash) {
            if (!isOccupied(i)) {
                return -1;
            }
            i = (i + 1) & (capacity - 1);
        }
        Object value = objects[i * layout.stride];
        return value == null || value.getClass() == untouchable ? -1 : i;
    }

    /** Reads from the arrays of a value. */
    long touchValue(int i) {
        Touchable value = touchableAt(i);
        return value == null ? 0 : value.touch();
    }

    private @Nullable Touchable touchableAt(int i) {
        Object value = objects[i * layout.stride];
        // which class it is of stands in the object
        if (value == null || value.getClass() == untouchable) {
            return null;
        }
        if (value instanceof Touchable found) {
            return found;
        }
        untouchable = value.getClass();
        return null;
    }

    private int findLong(int hash, long key, N namespace) {
        long[] entries = longs;
        int mask = capacity - 1;
        int i = hash >>> shift;
        int at = i * width;
        while (entries[at] != 0) {
            if (entries[at + KEY] == key && isIn(i, namespace)) {
                return i;
            }
            i = (i + 1) & mask;
            at = i * width;
        }
        return ~i;
    }

    private int findObject(int hash, K key, N namespace) {
        long[] entries = longs;
        int mask = capacity - 1;
        int i = hash >>> shift;
        while (true) {
            long entry = entries[i * width];
            if (entry == 0) {
                return ~i;
            }
            if ((int) (entry >>> 32) == hash
                    && key.equals(objects[i * layout.stride + layout.keyAt])
                    && isIn(i, namespace)) {
                return i;
            }
            i = (i + 1) & mask;
        }
    }

    private boolean isIn(int i, N namespace) {
        return onlyNamespace != null || namespace.equals(objects[i * layout.stride + layout.namespaceAt]);
    }

    /** The value to hand out, which the caller may change from now on. */
    @Nullable
    V live(int i) {
        if (!isFresh() && stampAt(i) != versions.current()) {
            replace(i, owned(i));
        }
        return valueAt(i);
    }

    /** The value, or a copy where a cut needs the stored object. */
    @Nullable
    V owned(int i) {
        V value = valueAt(i);
        if (value != null && !isFresh() && versions.isPinned(stampAt(i))) {
            return versions.codec().copy(value);
        }
        return value;
    }

    /** Whether a change to a value that was handed out cannot reach the stored one. */
    private boolean isFresh() {
        return flat != null || versions.immutable();
    }

    void replace(int i, @Nullable V value) {
        own(i);
        store(i, value);
        longs[i * width] = stamped(hashAt(i));
    }

    boolean isFlat() {
        return flat != null;
    }

    /** The longs, of which the words of one entry may be changed: it counts as replaced. */
    long[] words(int i) {
        own(i);
        longs[i * width] = stamped(hashAt(i));
        return longs;
    }

    int wordsAt(int i) {
        return i * width + layout.wordsAt;
    }

    private void store(int i, @Nullable V value) {
        FlatValues<V> values = flat;
        if (values != null) {
            if (value != null && values.fits(value)) {
                values.write(value, longs, i * width + layout.wordsAt);
                if (values.hasPart()) {
                    storeObject(i * layout.stride, values.part(value));
                }
                return;
            }
            relayout(layout.with(null));
        }
        storeObject(i * layout.stride, value);
    }

    /** Most often the object is what it was: to store a reference in an old array costs a fence, and the collector something. */
    private void storeObject(int at, @Nullable Object object) {
        if (objects[at] != object) {
            objects[at] = object;
        }
    }

    private void insert(int free, int hash, K key, N namespace, @Nullable V value) {
        int i = free;
        if (size >= capacity - (capacity >>> 2)) {
            resize(Math.max(CAPACITY_MIN, capacity * 2));
            i = ~find(hash, key, namespace);
        } else {
            own(i);
        }
        store(i, value);
        LongKeys<K> present = keys;
        if (present != null) {
            longs[i * width + KEY] = present.toLong(key);
        } else {
            objects[i * layout.stride + layout.keyAt] = key;
        }
        if (onlyNamespace == null) {
            objects[i * layout.stride + layout.namespaceAt] = deduplicated(namespace);
        }
        longs[i * width] = stamped(hash);
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

    int hashAt(int i) {
        return (int) (longs[i * width] >>> 32);
    }

    private long stamped(int hash) {
        return ((long) hash << 32) | versions.current();
    }

    /** Removes an entry; another may move to its slot. */
    void removeAt(int removed) {
        Removals removals = versions.removals();
        if (removals != null) {
            removals.add(keyAt(removed).hashCode());
        }
        int mask = capacity - 1;
        int hole = removed;
        for (int i = (hole + 1) & mask; isOccupied(i); i = (i + 1) & mask) {
            int home = hashAt(i) >>> shift;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                own(hole);
                move(longs, objects, i, hole);
                hole = i;
            }
        }
        own(hole);
        longs[hole * width] = 0;
        int stride = layout.stride;
        Arrays.fill(objects, hole * stride, (hole + 1) * stride, null);
        size--;
        structure++;
        if (size == 0) {
            lastNamespace = null;
        }
        if (size * 8L < capacity && capacity > CAPACITY_MIN) {
            resize(capacity / 2);
        }
    }

    private void move(long[] fromLongs, @Nullable Object[] fromObjects, int from, int to) {
        for (int w = 0; w < width; w++) {
            longs[to * width + w] = fromLongs[from * width + w];
        }
        int stride = layout.stride;
        for (int o = 0; o < stride; o++) {
            objects[to * stride + o] = fromObjects[from * stride + o];
        }
    }

    /** To be called before a slot is changed. */
    private void own(int i) {
        SegmentCut<K, N, V> newest = cuts;
        if (newest != null && !newest.has(i >>> SegmentCut.PAGE_BITS)) {
            newest = SegmentCut.needed(newest);
            cuts = newest;
            if (newest != null) {
                newest.save(i >>> SegmentCut.PAGE_BITS);
            }
        }
    }

    private void allocate(int entries) {
        int limit = capacityMax();
        if (entries > limit) {
            throw new IllegalStateException("a key group outgrew the heap store: capacity=" + entries + " > limit="
                    + limit + "; set a larger maximum parallelism, which makes more and smaller key groups");
        }
        capacity = entries;
        longs = new long[entries * width];
        objects = new @Nullable Object[entries * layout.stride];
        // Cuts keep the arrays of before, which nobody changes any more.
        cuts = null;
    }

    private int capacityMax() {
        return LENGTH_MAX / Math.max(width, layout.stride);
    }

    private void resize(int next) {
        long[] oldLongs = longs;
        @Nullable Object[] oldObjects = objects;
        int before = capacity;
        allocate(next);
        shift = Integer.numberOfLeadingZeros(next) + 1;
        int mask = next - 1;
        for (int from = 0; from < before; from++) {
            long entry = oldLongs[from * width];
            if (entry != 0) {
                int to = (int) (entry >>> 32) >>> shift;
                while (isOccupied(to)) {
                    to = (to + 1) & mask;
                }
                move(oldLongs, oldObjects, from, to);
            }
        }
    }

    /** Brings every entry into another layout of values, in the slot where it is. */
    private void relayout(Layout<K, N, V> next) {
        Segment<K, N, V> before = view();
        layout = next;
        flat = next.flat;
        width = next.width;
        allocate(capacity);
        for (int i = 0; i < capacity; i++) {
            long entry = before.longs[i * before.width];
            if (entry == 0) {
                continue;
            }
            store(i, before.valueAt(i));
            if (keys != null) {
                longs[i * width + KEY] = before.longs[i * before.width + KEY];
            } else {
                objects[i * next.stride + next.keyAt] = before.objects[i * before.layout.stride + before.layout.keyAt];
            }
            if (onlyNamespace == null) {
                objects[i * next.stride + next.namespaceAt] = before.namespaceAt(i);
            }
            longs[i * width] = entry;
        }
    }
}

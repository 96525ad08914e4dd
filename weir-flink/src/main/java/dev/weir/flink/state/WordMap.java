package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.PackedValue;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A small map of boxed primitives, kept as words: keys lie side by side, then values. No object per entry, so nothing for
 * the collector, and one or two cache lines to look at.
 *
 * <p>Entries come in the order that a {@link HashMap} would have them in. What has no room here, a thirteenth entry, which
 * would make that one grow (as would a ninth in one bucket), or a key that is null, goes to such a map ({@link #grown()}).
 */
final class WordMap<K, V> extends AbstractMap<K, V> implements OwnCopy<WordMap<K, V>>, PackedValue {
    private static final int SIZE_MAX = 12; // of a HashMap with 16 buckets
    private static final int BUCKET_MAX = 8; // so that it does not grow before
    private static final int CAPACITY_FIRST = 2;
    private static final int OBJECT_BYTES = 64; // with the header of the array

    private final Shape<K, V> shape;
    private long[] words;
    private int size;
    private int nulls; // a bit for each value that is null
    private int changes;

    /** What has taken the place of this map; entries and views that somebody has kept show that then. */
    private @Nullable Map<K, V> successor;

    /** How keys and values are words. */
    record Shape<K, V>(FlatValues<K> keys, FlatValues<V> values, boolean longKeys) {

        /** Null for types that are not kept as words; keys that are equal must have the same word. */
        static <K, V> @Nullable Shape<K, V> of(TypeSerializer<K> keySerializer, TypeSerializer<V> valueSerializer) {
            Word word = Word.of(keySerializer);
            FlatValues<K> keys = Words.ofImmutable(keySerializer);
            FlatValues<V> values = Words.ofImmutable(valueSerializer);
            if (keys == null || values == null || word == null) {
                return null;
            }
            return switch (word) {
                case LONG -> new Shape<>(keys, values, true);
                case INTEGER, SHORT, BYTE, CHARACTER -> new Shape<>(keys, values, false);
                case BOOLEAN, DOUBLE, FLOAT -> null;
            };
        }

        /** The bucket of a key in a HashMap with 16 of them. */
        int bucket(long key) {
            int hash = longKeys ? Long.hashCode(key) : (int) key;
            return (hash ^ hash >>> 16) & 15;
        }

        long word(K key) {
            long[] word = new long[1];
            keys.write(key, word, 0);
            return word[0];
        }
    }

    WordMap(Shape<K, V> shape) {
        this(shape, new long[2 * CAPACITY_FIRST], 0, 0);
    }

    private WordMap(Shape<K, V> shape, long[] words, int size, int nulls) {
        this.shape = shape;
        this.words = words;
        this.size = size;
        this.nulls = nulls;
    }

    /** Sets a value; false, and nothing is done, where there is no room for it. */
    boolean set(@Nullable K key, @Nullable V value) {
        if (key == null || !shape.keys.fits(key) || (value != null && !shape.values.fits(value))) {
            return false;
        }
        long word = shape.word(key);
        int at = find(word);
        if (at < 0) {
            if (size >= BUCKET_MAX && !hasRoom(word)) {
                return false;
            }
            at = append(word);
        }
        write(at, value);
        return true;
    }

    /** The same entries in a map that has room for any. */
    @SuppressWarnings("NullAway") // values may be null
    Map<K, V> grown() {
        Map<K, V> map = new HashMap<>();
        for (int i = 0; i < size; i++) {
            map.put(shape.keys.read(words, i), value(i));
        }
        successor = map;
        changes++;
        return map;
    }

    @Override
    public WordMap<K, V> copy() {
        return new WordMap<>(shape, words.clone(), size, nulls);
    }

    @Override
    public long heapBytes() {
        return OBJECT_BYTES + 8L * words.length;
    }

    /** {@inheritDoc} The first key and the first value. */
    @Override
    public long touch() {
        return words[0] + words[words.length / 2];
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return find(key) >= 0;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        int at = find(key);
        return at < 0 ? null : value(at);
    }

    @Override
    public @Nullable V remove(@Nullable Object key) {
        int at = find(key);
        if (at < 0) {
            return null;
        }
        V removed = value(at);
        removeAt(at);
        return removed;
    }

    @Override
    public void clear() {
        size = 0;
        nulls = 0;
        changes++;
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new Entries();
    }

    @SuppressWarnings("unchecked") // what fits is a key
    private int find(@Nullable Object key) {
        return key == null || !shape.keys.fits(key) ? -1 : find(shape.word((K) key));
    }

    private int find(long key) {
        long[] all = words;
        for (int i = 0; i < size; i++) {
            if (all[i] == key) {
                return i;
            }
        }
        return -1;
    }

    private boolean hasRoom(long key) {
        int bucket = shape.bucket(key);
        int together = 0;
        for (int i = 0; i < size; i++) {
            if (shape.bucket(words[i]) == bucket) {
                together++;
            }
        }
        return size < SIZE_MAX && together < BUCKET_MAX;
    }

    private int capacity() {
        return words.length >> 1;
    }

    private @Nullable V value(int at) {
        return (nulls & 1 << at) != 0 ? null : shape.values.read(words, capacity() + at);
    }

    private void write(int at, @Nullable V value) {
        if (value == null) {
            nulls |= 1 << at;
        } else {
            nulls &= ~(1 << at);
            shape.values.write(value, words, capacity() + at);
        }
    }

    private int append(long key) {
        int capacity = capacity();
        if (size == capacity) {
            int larger = Math.min(SIZE_MAX, 2 * capacity);
            long[] moved = Arrays.copyOf(words, 2 * larger);
            System.arraycopy(words, capacity, moved, larger, size);
            words = moved;
        }
        words[size] = key;
        changes++;
        return size++;
    }

    /** Those behind move up: their order is that of a bucket's list. */
    private void removeAt(int at) {
        int capacity = capacity();
        int behind = size - at - 1;
        System.arraycopy(words, at + 1, words, at, behind);
        System.arraycopy(words, capacity + at + 1, words, capacity + at, behind);
        int before = (1 << at) - 1;
        nulls = (nulls & before) | ((nulls >>> 1) & ~before);
        size--;
        changes++;
    }

    /** The keys, by bucket, those of one bucket as they came. */
    private long[] ordered() {
        long[] keys = new long[size];
        for (int i = 0; i < size; i++) {
            long key = words[i];
            int bucket = shape.bucket(key);
            int to = i;
            for (; to > 0 && shape.bucket(keys[to - 1]) > bucket; to--) {
                keys[to] = keys[to - 1];
            }
            keys[to] = key;
        }
        return keys;
    }

    private final class Entries extends AbstractSet<Map.Entry<K, V>> {
        @Override
        public int size() {
            return successor == null ? size : successor.size();
        }

        @Override
        public Iterator<Map.Entry<K, V>> iterator() {
            return successor == null
                    ? new EntryIterator()
                    : successor.entrySet().iterator();
        }
    }

    private final class EntryIterator implements Iterator<Map.Entry<K, V>> {
        private final long[] keys = ordered();
        private int next;
        private int seen = changes;
        private boolean removable;

        @Override
        public boolean hasNext() {
            return next < keys.length;
        }

        @Override
        public Map.Entry<K, V> next() {
            check();
            if (next == keys.length) {
                throw new NoSuchElementException();
            }
            removable = true;
            return new Mapping(keys, next++);
        }

        @Override
        public void remove() {
            if (!removable) {
                throw new IllegalStateException();
            }
            check();
            removable = false;
            removeAt(find(keys[next - 1]));
            seen = changes;
        }

        private void check() {
            if (changes != seen) {
                throw new ConcurrentModificationException();
            }
        }
    }

    /** Shows the value of now, as the nodes of a HashMap do; once removed, its last. */
    private final class Mapping implements Map.Entry<K, V> {
        private final long word;
        private final K key;
        private @Nullable V last;

        Mapping(long[] keys, int at) {
            word = keys[at];
            key = shape.keys.read(keys, at);
            last = value(find(word));
        }

        @Override
        public K getKey() {
            return key;
        }

        @Override
        @SuppressWarnings("NullAway") // values may be null
        public V getValue() {
            Map<K, V> now = successor;
            int at = now == null ? find(word) : -1;
            if (at >= 0) {
                last = value(at);
            } else if (now != null && now.containsKey(key)) {
                last = now.get(key);
            }
            return last;
        }

        @Override
        @SuppressWarnings("NullAway") // values may be null
        public V setValue(V value) {
            V old = getValue();
            Map<K, V> now = successor;
            int at = now == null ? find(word) : -1;
            if (at >= 0) {
                write(at, value);
            } else if (now != null) {
                now.computeIfPresent(key, (unused, before) -> value);
            }
            last = value;
            return old;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Map.Entry<?, ?> entry && new SimpleEntry<>(this).equals(entry);
        }

        @Override
        public int hashCode() {
            return new SimpleEntry<>(this).hashCode();
        }

        @Override
        public String toString() {
            return key + "=" + getValue();
        }
    }
}

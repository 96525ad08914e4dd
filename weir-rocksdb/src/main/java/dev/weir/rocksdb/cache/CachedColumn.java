package dev.weir.rocksdb.cache;

import dev.weir.engine.state.FlatValues;
import dev.weir.rocksdb.cache.Entry.Kind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A column of the database with some of its entries in memory. Keys are given as the beginning of an array, which is copied
 * where it is kept.
 */
public final class CachedColumn<V> {

    private static final byte DELIMITER = ',';
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MIX = 0x9e3779b97f4a7c15L;

    private final EntryCache cache;
    private final Column column;
    private Encoding<V> encoding;
    private @Nullable FlatValues<V> words;
    private @Nullable Entry[] buckets = new Entry[16];
    private int entries;

    // The changed entries, by their places in the ring: references would be as many cards for the collector to look at.
    private int[] changes = new int[16];
    private int changed;

    // Bytes of a value, as far as they are known.
    private int typicalBytes = 16;

    CachedColumn(EntryCache cache, Column column, Encoding<V> encoding) {
        this.cache = cache;
        this.column = column;
        this.encoding = encoding;
        this.words = encoding.words();
    }

    boolean keepsWords() {
        return words != null;
    }

    /** The value at a key as bytes, null where there is none. */
    public byte @Nullable [] read(byte[] key, int length) {
        Entry entry = load(key, length);
        byte[] stored = entry.kind == Kind.ABSENT ? null : bytesOf(entry);
        cache.settle();
        return stored;
    }

    /** Whether there is a value at a key. */
    public boolean contains(byte[] key, int length) {
        boolean present = load(key, length).kind != Kind.ABSENT;
        cache.settle();
        return present;
    }

    /** The value at a key, the caller's own; null where there is none. */
    public @Nullable V get(byte[] key, int length) {
        Entry entry = load(key, length);
        V value = entry.kind == Kind.ABSENT ? null : valueOf(entry);
        cache.settle();
        return value;
    }

    @SuppressWarnings("unchecked") // an entry of this column
    private @Nullable V valueOf(Entry entry) {
        Object held = entry.value;
        FlatValues<V> flat = words;
        if (held != null) {
            return flat == null ? encoding.handedOut((V) held) : flat.read((long[]) held, 0);
        }
        V value = encoding.read(bytesOf(entry));
        if (value == null || (flat == null ? !encoding.keepsObjects() : !flat.fits(value))) {
            return value;
        }
        typicalBytes = entry.length;
        entry.object(flat == null ? value : wordsOf(flat, value), entry.length);
        cache.resized(entry);
        return flat == null ? encoding.handedOut(value) : value;
    }

    private static <V> long[] wordsOf(FlatValues<V> flat, V value) {
        long[] made = new long[flat.words()];
        flat.write(value, made, 0);
        return made;
    }

    /** Stores a value at a key. */
    public void put(byte[] key, int length, V value) {
        FlatValues<V> flat = words;
        if (flat != null ? !flat.fits(value) : !encoding.keepsObjects()) {
            write(key, length, encoding.write(value));
            return;
        }
        if (flat == null) {
            V own = encoding.kept(value);
            Entry entry = entry(key, length);
            entry.object(own, typicalBytes);
            changed(entry);
        } else {
            Entry entry = entry(key, length);
            if (entry.value instanceof long[] present) {
                flat.write(value, present, 0);
            } else {
                entry.object(wordsOf(flat, value), typicalBytes);
            }
            changed(entry);
        }
    }

    /** Stores the bytes of a value, which are the cache's own from now on. */
    public void write(byte[] key, int length, byte[] value) {
        Entry entry = entry(key, length);
        entry.bytes(Kind.PRESENT, value);
        changed(entry);
    }

    /** The same at a key that is known to have no value. */
    public void writeNew(byte[] key, int length, byte[] value) {
        if (find(key, length) == null) {
            insert(key, length).missing = true;
        }
        write(key, length, value);
    }

    /** Removes the value at a key. */
    public void remove(byte[] key, int length) {
        Entry entry = entry(key, length);
        entry.absent();
        if (entry.missing) {
            unchanged(entry);
            if (encoding.isRead()) {
                cache.resized(entry);
            } else {
                forget(entry);
            }
            cache.settle();
        } else {
            changed(entry);
        }
    }

    /** Takes note that the database has nothing at a key any more. */
    public void removed(byte[] key) {
        Entry entry = find(key, key.length);
        if (entry != null) {
            unchanged(entry);
            entry.absent();
            entry.missing = true;
            cache.resized(entry);
        }
    }

    /** Appends to the bytes at a key, behind a delimiter, unread. */
    public void append(byte[] key, int length, byte[] operand) {
        Entry entry = find(key, length);
        if (entry == null) {
            entry = insert(key, length);
            entry.bytes(Kind.APPENDED, operand);
        } else if (entry.kind == Kind.ABSENT) {
            entry.bytes(Kind.PRESENT, operand);
        } else {
            append(entry, operand);
        }
        entry.used = true;
        changed(entry);
    }

    private void append(Entry entry, byte[] operand) {
        byte[] bytes = held(entry);
        int end = entry.length + 1 + operand.length;
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length + bytes.length / 2));
        }
        bytes[entry.length] = DELIMITER;
        System.arraycopy(operand, 0, bytes, entry.length + 1, operand.length);
        entry.stored = bytes;
        entry.length = end;
    }

    /** The value's bytes in the entry, made of the object where it is one. */
    private byte[] held(Entry entry) {
        byte[] stored = entry.stored;
        if (stored == null) {
            stored = encoded(entry);
            entry.bytes(Kind.PRESENT, stored);
        }
        return stored;
    }

    private byte[] bytesOf(Entry entry) {
        byte[] stored = entry.stored;
        if (stored == null) {
            return encoded(entry);
        }
        return stored.length == entry.length ? stored : Arrays.copyOf(stored, entry.length);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // an entry of this column, present without bytes
    private byte[] encoded(Entry entry) {
        FlatValues<V> flat = words;
        byte[] stored = encoding.write(flat == null ? (V) entry.value : flat.read((long[]) entry.value, 0));
        typicalBytes = stored.length;
        return stored;
    }

    /** The entry at a key, read where it is not in memory or has only what is to be appended. */
    private Entry load(byte[] key, int length) {
        Entry entry = find(key, length);
        if (entry == null) {
            byte[] stored = column.read(Arrays.copyOf(key, length));
            entry = insert(key, length);
            if (stored == null) {
                entry.missing = true;
            } else {
                entry.bytes(Kind.PRESENT, stored);
                entry.durable = stored.length;
                cache.resized(entry);
            }
            return entry;
        }
        entry.used = true;
        if (entry.kind == Kind.APPENDED) {
            byte[] stored = column.read(entry.key);
            byte[] operands = bytesOf(entry);
            entry.bytes(Kind.PRESENT, stored == null ? operands : stored);
            if (stored == null) {
                entry.missing = true;
            } else {
                append(entry, operands);
                entry.durable = stored.length;
            }
            cache.resized(entry);
        }
        return entry;
    }

    private Entry entry(byte[] key, int length) {
        Entry entry = find(key, length);
        if (entry == null) {
            return insert(key, length);
        }
        entry.used = true;
        return entry;
    }

    private @Nullable Entry find(byte[] key, int length) {
        cache.check();
        int hash = hash(key, length);
        Entry entry = buckets[hash & (buckets.length - 1)];
        while (entry != null) {
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, key, 0, length)) {
                return entry;
            }
            entry = entry.nextInBucket;
        }
        return null;
    }

    private Entry insert(byte[] key, int length) {
        if (entries == buckets.length) {
            rehash();
        }
        Entry entry = new Entry(this, Arrays.copyOf(key, length), hash(key, length));
        link(entry);
        entries++;
        cache.add(entry);
        return entry;
    }

    private void link(Entry entry) {
        int bucket = entry.hash & (buckets.length - 1);
        entry.nextInBucket = buckets[bucket];
        buckets[bucket] = entry;
    }

    private void rehash() {
        @Nullable Entry[] before = buckets;
        buckets = new Entry[2 * before.length];
        for (Entry first : before) {
            Entry entry = first;
            while (entry != null) {
                Entry next = entry.nextInBucket;
                link(entry);
                entry = next;
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // of an entry there is one object
    void unlink(Entry entry) {
        int bucket = entry.hash & (buckets.length - 1);
        Entry before = buckets[bucket];
        if (before == entry) {
            buckets[bucket] = entry.nextInBucket;
        } else {
            while (before != null && before.nextInBucket != entry) {
                before = before.nextInBucket;
            }
            if (before != null) {
                before.nextInBucket = entry.nextInBucket;
            }
        }
        entries--;
    }

    private void changed(Entry entry) {
        if (!entry.isChanged()) {
            if (changed == changes.length) {
                changes = Arrays.copyOf(changes, 2 * changed);
            }
            entry.inChanges = changed;
            changes[changed++] = entry.inRing;
        }
        cache.resized(entry);
        cache.settle();
    }

    /** Stores all changes of this column. The entries stay. */
    public void flush() {
        cache.check();
        if (changed > 0) {
            Entry[] all = new Entry[changed];
            for (int i = 0; i < changed; i++) {
                all[i] = cache.at(changes[i]);
            }
            cache.store(this, all);
        }
    }

    /** Writes changed entries, in the order given. */
    void store(Entry[] sorted) {
        try (Column.Batch batch = column.begin()) {
            for (Entry entry : sorted) {
                store(entry, batch);
            }
        }
        for (Entry entry : sorted) {
            stored(entry);
        }
    }

    private void store(Entry entry, Column.Batch batch) {
        switch (entry.kind) {
            case ABSENT -> batch.remove(entry.key);
            case APPENDED -> batch.append(entry.key, bytesOf(entry));
            case PRESENT -> {
                byte[] held = entry.stored;
                if (held != null && entry.durable > 0) {
                    if (entry.length > entry.durable) {
                        batch.append(entry.key, Arrays.copyOfRange(held, entry.durable + 1, entry.length));
                    }
                } else {
                    batch.put(entry.key, bytesOf(entry));
                }
            }
        }
    }

    private void stored(Entry entry) {
        unchanged(entry);
        entry.missing = entry.kind == Kind.ABSENT;
        if (entry.kind == Kind.PRESENT) {
            entry.durable = entry.stored == null ? 0 : entry.length;
        }
        if (entry.inRing >= 0 && (entry.kind == Kind.APPENDED || !encoding.isRead())) {
            // the database has all that was known
            forget(entry);
        }
    }

    private void forget(Entry entry) {
        cache.remove(entry);
        unlink(entry);
    }

    /** The entry, which is in the ring, is none of the changed any more. */
    void unchanged(Entry entry) {
        if (entry.isChanged()) {
            int last = changes[--changed];
            changes[entry.inChanges] = last;
            cache.at(last).inChanges = entry.inChanges;
            entry.inChanges = -1;
        }
    }

    /** The entry has another place in the ring. */
    void moved(Entry entry) {
        if (entry.isChanged()) {
            changes[entry.inChanges] = entry.inRing;
        }
    }

    /** Stores all changes and forgets the entries; they are read and written otherwise from now on. */
    public void changeEncoding(Encoding<V> next) {
        flush();
        for (Entry first : buckets) {
            for (Entry entry = first; entry != null; entry = entry.nextInBucket) {
                cache.remove(entry);
            }
        }
        buckets = new Entry[16];
        entries = 0;
        encoding = next;
        words = next.words();
    }

    private static int hash(byte[] key, int length) {
        long hash = length * MIX;
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            hash = mixed(hash, (long) WORDS.get(key, at));
        }
        long rest = 0;
        for (; at < length; at++) {
            rest = (rest << Byte.SIZE) | (key[at] & 0xff);
        }
        hash = mixed(hash, rest);
        return (int) (hash ^ (hash >>> 32));
    }

    private static long mixed(long hash, long word) {
        long product = (hash ^ word) * MIX;
        return product ^ (product >>> 29);
    }
}

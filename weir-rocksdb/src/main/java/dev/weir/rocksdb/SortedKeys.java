package dev.weir.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set of keys, which begin with the same bytes; the order is that of unsigned bytes. Each key is stored, or is not
 * yet. Keys are given as beginnings of arrays.
 *
 * <p>Keys are longs in chunks, most significant byte first and zeros behind the end, and the first key of each chunk is in a
 * directory besides: a tree of keys that are objects has a reference and memory that is far away for each step. For one
 * thread.
 */
final class SortedKeys {

    /** What there was of a key. */
    enum Found {
        NOTHING,
        STORED,
        NOT_STORED
    }

    private static final int CHUNK_KEYS = 64;
    private static final int CHUNK_KEYS_MIN = 4;
    private static final int WORDS_MAX = 8;
    private static final int CHUNK_BYTES = 64;
    private static final int ARRAY_BYTES = 16;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] prefix;

    // Of a key in a chunk; longer keys have the rest beside.
    private int words = 1;
    private final List<Chunk> chunks = new ArrayList<>();

    // Words of the first key of each chunk.
    private long[] directory = new long[0];
    private int size;
    private int notStored;
    private long bytes;
    private byte @Nullable [] first;

    // The key that is searched for.
    private long[] sought = new long[1];
    private int soughtLength;
    private byte[] soughtKey = {};

    /** @param prefix what all keys begin with */
    SortedKeys(byte[] prefix) {
        this.prefix = prefix;
    }

    /** Some keys next to each other. */
    private static final class Chunk {
        long[] keys;

        // Twice the length of each key, and one more where it is not stored.
        int[] heads;

        // The whole of keys that are longer than their words.
        byte @Nullable [] @Nullable [] longKeys;
        int count;
        int notStored;

        Chunk(int room, int words) {
            this.keys = new long[room * words];
            this.heads = new int[room];
        }
    }

    int size() {
        return size;
    }

    /** Keys that are not stored. */
    int notStoredCount() {
        return notStored;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** What the keys take, by estimate. */
    long bytes() {
        return bytes;
    }

    /** The first key, the same array as long as it is the first one; null where there is none. */
    byte @Nullable [] first() {
        if (first == null && size > 0) {
            first = key(chunks.get(0), 0);
        }
        return first;
    }

    /** Whether there is a key that is not less than this one. */
    boolean reaches(byte[] key, int length) {
        if (size == 0) {
            return false;
        }
        seek(key, length);
        Chunk last = chunks.get(chunks.size() - 1);
        return compare(last, last.count - 1) <= 0;
    }

    /** Adds a key; false where it is there. */
    boolean add(byte[] key, int length, boolean stored) {
        if (size == 0) {
            begin(length - prefix.length);
        }
        seek(key, length);
        if (chunks.isEmpty()) {
            chunks.add(chunk(CHUNK_KEYS_MIN));
        }
        int number = chunkOf();
        Chunk chunk = chunks.get(number);
        int at = placeIn(chunk);
        if (at < chunk.count && compare(chunk, at) == 0) {
            return false;
        }
        if (chunk.count == CHUNK_KEYS) {
            boolean isLast = number == chunks.size() - 1 && at == chunk.count;
            split(number, isLast ? CHUNK_KEYS : CHUNK_KEYS / 2);
            if (at > chunk.count || isLast) {
                at -= chunk.count;
                number++;
                chunk = chunks.get(number);
            }
        } else if (chunk.count == chunk.heads.length) {
            grow(chunk);
        }
        shift(chunk, at, at + 1);
        System.arraycopy(sought, 0, chunk.keys, at * words, words);
        chunk.heads[at] = soughtLength << 1 | (stored ? 0 : 1);
        if (soughtLength > words * Long.BYTES) {
            setLongKey(chunk, at, Arrays.copyOf(key, length));
            bytes += ARRAY_BYTES + length;
        } else if (chunk.longKeys != null) {
            chunk.longKeys[at] = null;
        }
        chunk.count++;
        chunk.notStored += stored ? 0 : 1;
        notStored += stored ? 0 : 1;
        size++;
        if (at == 0) {
            firstOf(number);
        }
        return true;
    }

    /** Removes a key. */
    Found remove(byte[] key, int length) {
        if (size == 0) {
            return Found.NOTHING;
        }
        seek(key, length);
        int number = chunkOf();
        Chunk chunk = chunks.get(number);
        int at = placeIn(chunk);
        return at < chunk.count && compare(chunk, at) == 0 ? remove(number, at) : Found.NOTHING;
    }

    /** The last key; there is one. */
    byte[] last() {
        Chunk last = chunks.get(chunks.size() - 1);
        return key(last, last.count - 1);
    }

    /** Removes the last key; there is one. */
    Found removeLast() {
        int number = chunks.size() - 1;
        return remove(number, chunks.get(number).count - 1);
    }

    /** All keys, in order. */
    List<byte[]> all() {
        List<byte[]> all = new ArrayList<>(size);
        for (Chunk chunk : chunks) {
            for (int i = 0; i < chunk.count; i++) {
                all.add(key(chunk, i));
            }
        }
        return all;
    }

    /** The keys that are not stored, in order. */
    List<byte[]> notStored() {
        List<byte[]> keys = new ArrayList<>(notStored);
        for (Chunk chunk : chunks) {
            for (int i = 0, left = chunk.notStored; left > 0; i++) {
                if ((chunk.heads[i] & 1) != 0) {
                    keys.add(key(chunk, i));
                    left--;
                }
            }
        }
        return keys;
    }

    /** All keys are stored now. */
    void stored() {
        for (Chunk chunk : chunks) {
            for (int i = 0; chunk.notStored > 0 && i < chunk.count; i++) {
                chunk.heads[i] &= ~1;
            }
            chunk.notStored = 0;
        }
        notStored = 0;
    }

    /** Has keys of that many bytes for the most part. */
    private void begin(int keyBytes) {
        int wanted = Math.max(1, Math.min(WORDS_MAX, (keyBytes + Long.BYTES - 1) / Long.BYTES));
        if (wanted != words) {
            words = wanted;
            directory = new long[0];
            sought = new long[wanted];
        }
    }

    private void seek(byte[] key, int length) {
        soughtKey = key;
        soughtLength = length - prefix.length;
        for (int word = 0; word < words; word++) {
            int from = prefix.length + word * Long.BYTES;
            sought[word] = from + Long.BYTES <= length ? (long) LONGS.get(key, from) : rest(key, from, length);
        }
    }

    private static long rest(byte[] key, int from, int length) {
        long rest = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            rest = (rest << Byte.SIZE) | (i < length ? key[i] & 0xff : 0);
        }
        return rest;
    }

    /** The chunk that has the key that is sought, or that it belongs into: the last one that begins with no greater key. */
    private int chunkOf() {
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            int compared = compare(directory, middle * words);
            if (compared == 0) {
                compared = compareRest(chunks.get(middle), 0);
            }
            if (compared < 0) {
                high = middle - 1;
            } else {
                low = middle;
            }
        }
        return low;
    }

    /** Where the first key is that is not less than the one that is sought. */
    private int placeIn(Chunk chunk) {
        int low = 0;
        int high = chunk.count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(chunk, middle) > 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The key that is sought and one of a chunk. */
    private int compare(Chunk chunk, int at) {
        int compared = compare(chunk.keys, at * words);
        return compared == 0 ? compareRest(chunk, at) : compared;
    }

    private int compare(long[] keys, int at) {
        for (int word = 0; word < words; word++) {
            if (sought[word] != keys[at + word]) {
                return Long.compareUnsigned(sought[word], keys[at + word]);
            }
        }
        return 0;
    }

    /** Where all words are the same. */
    private int compareRest(Chunk chunk, int at) {
        int length = chunk.heads[at] >>> 1;
        if (soughtLength > words * Long.BYTES && length > words * Long.BYTES) {
            byte[] other = longKey(chunk, at);
            return Arrays.compareUnsigned(soughtKey, 0, prefix.length + soughtLength, other, 0, other.length);
        }
        return Integer.compare(soughtLength, length);
    }

    private byte[] key(Chunk chunk, int at) {
        int length = chunk.heads[at] >>> 1;
        if (length > words * Long.BYTES) {
            return longKey(chunk, at);
        }
        byte[] key = Arrays.copyOf(prefix, prefix.length + length);
        for (int i = 0; i < length; i++) {
            key[prefix.length + i] =
                    (byte) (chunk.keys[at * words + i / Long.BYTES] >>> (Long.SIZE - Byte.SIZE * (i % Long.BYTES + 1)));
        }
        return key;
    }

    private static byte[] longKey(Chunk chunk, int at) {
        return Objects.requireNonNull(Objects.requireNonNull(chunk.longKeys)[at]);
    }

    private static void setLongKey(Chunk chunk, int at, byte[] key) {
        if (chunk.longKeys == null) {
            chunk.longKeys = new byte[chunk.heads.length][];
        }
        chunk.longKeys[at] = key;
    }

    private Found remove(int number, int at) {
        Chunk chunk = chunks.get(number);
        int head = chunk.heads[at];
        if (head >>> 1 > words * Long.BYTES) {
            bytes -= ARRAY_BYTES + longKey(chunk, at).length;
        }
        shift(chunk, at + 1, at);
        chunk.count--;
        chunk.notStored -= head & 1;
        notStored -= head & 1;
        size--;
        if (chunk.count == 0) {
            drop(number);
        } else {
            if (at == 0) {
                firstOf(number);
            }
            joinIfSmall(number);
        }
        if (number == 0 && at == 0) {
            first = null;
        }
        return (head & 1) == 0 ? Found.STORED : Found.NOT_STORED;
    }

    /** Chunks are not left nearly empty where a neighbour has room. */
    private void joinIfSmall(int number) {
        int next = number + 1;
        if (chunks.get(number).count < CHUNK_KEYS / 4
                && next < chunks.size()
                && chunks.get(number).count + chunks.get(next).count <= CHUNK_KEYS / 2) {
            Chunk to = chunks.get(number);
            Chunk from = chunks.get(next);
            while (to.heads.length < to.count + from.count) {
                grow(to);
            }
            copy(from, 0, to, to.count, from.count);
            to.count += from.count;
            to.notStored += from.notStored;
            drop(next);
        }
    }

    /** Moves the keys from a place on to another place. */
    private void shift(Chunk chunk, int from, int to) {
        copy(chunk, from, chunk, to, chunk.count - from);
        if (to < from && chunk.longKeys != null) {
            chunk.longKeys[chunk.count - 1] = null;
        }
    }

    private void copy(Chunk from, int at, Chunk to, int toAt, int count) {
        System.arraycopy(from.keys, at * words, to.keys, toAt * words, count * words);
        System.arraycopy(from.heads, at, to.heads, toAt, count);
        if (from.longKeys != null) {
            if (to.longKeys == null) {
                to.longKeys = new byte[to.heads.length][];
            }
            System.arraycopy(from.longKeys, at, to.longKeys, toAt, count);
        } else if (to.longKeys != null) {
            Arrays.fill(to.longKeys, toAt, toAt + count, null);
        }
    }

    private Chunk chunk(int room) {
        bytes += chunkBytes(room);
        return new Chunk(room, words);
    }

    private int chunkBytes(int room) {
        return CHUNK_BYTES + room * ((words + 1) * Long.BYTES);
    }

    private void grow(Chunk chunk) {
        int room = chunk.heads.length;
        int next = Math.min(CHUNK_KEYS, 2 * room);
        chunk.keys = Arrays.copyOf(chunk.keys, next * words);
        chunk.heads = Arrays.copyOf(chunk.heads, next);
        if (chunk.longKeys != null) {
            chunk.longKeys = Arrays.copyOf(chunk.longKeys, next);
        }
        bytes += chunkBytes(next) - chunkBytes(room);
    }

    /** Leaves the first keys of a chunk to it and gives the others to a new one behind it. */
    private void split(int number, int left) {
        Chunk chunk = chunks.get(number);
        Chunk next = chunk(CHUNK_KEYS);
        int moved = chunk.count - left;
        copy(chunk, left, next, 0, moved);
        for (int i = 0; i < moved; i++) {
            next.notStored += next.heads[i] & 1;
        }
        if (chunk.longKeys != null) {
            Arrays.fill(chunk.longKeys, left, chunk.count, null);
        }
        chunk.count = left;
        chunk.notStored -= next.notStored;
        next.count = moved;
        chunks.add(number + 1, next);
        int end = chunks.size() * words;
        if (end > directory.length) {
            directory = Arrays.copyOf(directory, 2 * end);
        }
        int from = (number + 1) * words;
        System.arraycopy(directory, from, directory, from + words, end - from - words);
        if (moved > 0) {
            firstOf(number + 1);
        }
    }

    private void drop(int number) {
        bytes -= chunkBytes(chunks.get(number).heads.length);
        chunks.remove(number);
        int at = number * words;
        System.arraycopy(directory, at + words, directory, at, chunks.size() * words - at);
        if (number == 0) {
            first = null;
        }
    }

    /** A chunk begins with another key. */
    private void firstOf(int number) {
        if (directory.length < (number + 1) * words) {
            directory = Arrays.copyOf(directory, 4 * (number + 1) * words);
        }
        System.arraycopy(chunks.get(number).keys, 0, directory, number * words, words);
        if (number == 0) {
            first = null;
        }
    }
}

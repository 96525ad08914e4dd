package dev.weir.engine.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the pages that a cut needs are copied to: arrays that are filled one after the other. An object for each page would be
 * a reference from an old array to a young object, which costs the collector more than the copy. The subtask's thread adds;
 * others may read a page when they have been told of its place, in a way that orders memory.
 */
final class SavedPages {

    private static final int CHUNK_BITS = 13;
    private static final int CHUNK = 1 << CHUNK_BITS;

    /** The first is short, as most tables are small, and those behind it are twice as long each. */
    private static final int CHUNK_BITS_MIN = 8;

    /** Pages have at least so many slots, and places are counted in that. */
    private static final int UNIT_BITS = 2;

    // Whoever knows a place may read while there are more already.
    private volatile long[][] words = new long[0][];
    private int wordChunks;
    private int wordsEnd;

    private volatile @Nullable Object[][] objects = new @Nullable Object[0][];
    private int objectChunks;
    private int objectsEnd;

    /** Copies some longs; returns their place. */
    int add(long[] from, int at, int count) {
        if (wordChunks == 0 || wordsEnd + count > words[wordChunks - 1].length) {
            if (wordChunks == words.length) {
                words = Arrays.copyOf(words, Math.max(1, 2 * wordChunks));
            }
            words[wordChunks] = new long[chunkLength(wordChunks, count)];
            wordChunks++;
            wordsEnd = 0;
        }
        System.arraycopy(from, at, words[wordChunks - 1], wordsEnd, count);
        int place = place(wordChunks - 1, wordsEnd);
        wordsEnd += count;
        return place;
    }

    /** Copies some references; returns their place. */
    int add(@Nullable Object[] from, int at, int count) {
        if (objectChunks == 0 || objectsEnd + count > objects[objectChunks - 1].length) {
            if (objectChunks == objects.length) {
                objects = Arrays.copyOf(objects, Math.max(1, 2 * objectChunks));
            }
            objects[objectChunks] = new @Nullable Object[chunkLength(objectChunks, count)];
            objectChunks++;
            objectsEnd = 0;
        }
        System.arraycopy(from, at, objects[objectChunks - 1], objectsEnd, count);
        int place = place(objectChunks - 1, objectsEnd);
        objectsEnd += count;
        return place;
    }

    private static int chunkLength(int chunk, int count) {
        return Math.max(1 << Math.min(CHUNK_BITS, CHUNK_BITS_MIN + chunk), count);
    }

    void read(int place, long[] to, int at, int count) {
        System.arraycopy(words[chunk(place)], offset(place), to, at, count);
    }

    void read(int place, @Nullable Object[] to, int at, int count) {
        System.arraycopy(objects[chunk(place)], offset(place), to, at, count);
    }

    /** Reads the first of some longs. */
    long touch(int place) {
        return words[chunk(place)][offset(place)];
    }

    /** Reads the first of some references. */
    int touchObjects(int place) {
        return objects[chunk(place)][offset(place)] == null ? 0 : 1;
    }

    private static int place(int chunk, int offset) {
        return Math.addExact(Math.multiplyExact(chunk, CHUNK >>> UNIT_BITS), offset >>> UNIT_BITS);
    }

    private static int chunk(int place) {
        return place >>> (CHUNK_BITS - UNIT_BITS);
    }

    private static int offset(int place) {
        return (place << UNIT_BITS) & (CHUNK - 1);
    }
}

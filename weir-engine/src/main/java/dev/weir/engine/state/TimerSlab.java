package dev.weir.engine.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where the timers of a queue lie: each has a number, a due time, and a position among those that it is queued with.
 *
 * <p>A slab allocator (Bonwick, 1994). Everything else that knows timers knows their numbers, so an object is stored once
 * when its timer is added and never moved: a store of a young object into an old array is what costs a generational
 * collector most. For the same reason a chunk from which timers were removed gets new ones only when a quarter of it is
 * free, then many at once. An empty chunk is given back.
 */
final class TimerSlab<T> {

    static final int NONE = -1;

    // Few enough chunks that their heads stay cached, small enough that their arrays are no humongous objects.
    private static final int CHUNK_BITS = 14;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int CHUNK_FIRST = 16;
    private static final int REFILL_AT = CHUNK - CHUNK / 4;

    private static final @Nullable Object[] NOTHING = {};

    private final TimerAccess<T> access;
    private final boolean identified;
    private final int stride;
    private @Nullable Chunk[] chunks = new @Nullable Chunk[1];
    private int chunkCount;
    private @Nullable Chunk current;
    private final ArrayDeque<Integer> refillable = new ArrayDeque<>();
    private final ArrayDeque<Integer> vacant = new ArrayDeque<>();

    TimerSlab(TimerAccess<T> access) {
        this.access = access;
        this.identified = access.hasIdentity();
        this.stride = identified ? 3 : 2;
    }

    /** The number of a timer that was not there before. */
    int add(T timer, long due) {
        Chunk chunk = current;
        if (chunk == null || chunk.used == CHUNK) {
            chunk = nextChunk();
            current = chunk;
        }
        int slot = chunk.allocate();
        chunk.own();
        chunk.timers[slot] = timer;
        chunk.words[stride * slot] = due;
        if (identified) {
            chunk.words[stride * slot + 2] = access.identity(timer);
        }
        return chunk.first + slot;
    }

    void remove(int number) {
        Chunk chunk = chunk(number);
        chunk.free(number & (CHUNK - 1));
        if (chunk == current) {
            return;
        }
        if (chunk.used == 0) {
            int index = number >>> CHUNK_BITS;
            chunks[index] = null;
            if (!chunk.refillable) {
                vacant.push(index);
            }
        } else if (chunk.used <= REFILL_AT && !chunk.refillable) {
            chunk.refillable = true;
            refillable.add(number >>> CHUNK_BITS);
        }
    }

    @SuppressWarnings("unchecked")
    T timer(int number) {
        return (T) Objects.requireNonNull(chunk(number).timers[number & (CHUNK - 1)]);
    }

    /** Whether a timer equals one that is due at a given time. */
    boolean isEqual(int number, Object timer, long due, long identity) {
        if (!identified) {
            return timer.equals(timer(number));
        }
        long[] words = chunk(number).words;
        int at = stride * (number & (CHUNK - 1));
        return words[at] == due && words[at + 2] == identity;
    }

    long due(int number) {
        return chunk(number).words[stride * (number & (CHUNK - 1))];
    }

    int position(int number) {
        return (int) chunk(number).words[stride * (number & (CHUNK - 1)) + 1];
    }

    void setPosition(int number, int position) {
        chunk(number).words[stride * (number & (CHUNK - 1)) + 1] = position;
    }

    /**
     * The timers as they are now: each array keeps them, with nulls between; none of it changes any more. A timer is in the
     * same place in all cuts that have it.
     */
    @SuppressWarnings("unchecked")
    List<@Nullable T[]> cut() {
        List<@Nullable T[]> frozen = new ArrayList<>(chunkCount);
        for (int i = 0; i < chunkCount; i++) {
            Chunk chunk = chunks[i];
            if (chunk == null) {
                frozen.add((@Nullable T[]) NOTHING);
            } else {
                chunk.shared = true;
                frozen.add((@Nullable T[]) chunk.timers);
            }
        }
        return frozen;
    }

    void clear() {
        chunks = new @Nullable Chunk[1];
        chunkCount = 0;
        current = null;
        refillable.clear();
        vacant.clear();
    }

    private Chunk chunk(int number) {
        return Objects.requireNonNull(chunks[number >>> CHUNK_BITS]);
    }

    private Chunk nextChunk() {
        Integer index = refillable.poll();
        if (index == null) {
            index = vacant.poll();
        }
        if (index == null) {
            index = chunkCount++;
            if (index == chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * index);
            }
        }
        Chunk present = chunks[index];
        if (present != null) {
            present.refillable = false;
            return present;
        }
        Chunk chunk = new Chunk(index << CHUNK_BITS, chunkCount == 1 ? CHUNK_FIRST : CHUNK, stride);
        chunks[index] = chunk;
        return chunk;
    }

    private static final class Chunk {
        final int first;

        @Nullable
        Object[] timers;

        /**
         * Due time, position and perhaps identity of each timer, side by side; the position of a free place is the next
         * free one.
         */
        long[] words;

        private final int stride;

        private int free = NONE;
        private int fresh;
        int used;
        boolean refillable;

        /** Whether a cut has the array of timers: it is copied before it changes. */
        boolean shared;

        Chunk(int first, int capacity, int stride) {
            this.first = first;
            this.timers = new @Nullable Object[capacity];
            this.words = new long[stride * capacity];
            this.stride = stride;
        }

        int allocate() {
            used++;
            int slot = free;
            if (slot != NONE) {
                free = (int) words[stride * slot + 1];
                return slot;
            }
            if (fresh == timers.length) {
                timers = Arrays.copyOf(timers, 2 * fresh);
                words = Arrays.copyOf(words, 2 * stride * fresh);
                shared = false;
            }
            return fresh++;
        }

        void own() {
            if (shared) {
                timers = timers.clone();
                shared = false;
            }
        }

        void free(int slot) {
            own();
            timers[slot] = null;
            words[stride * slot + 1] = free;
            free = slot;
            used--;
        }
    }
}

package dev.weir.flink.twin;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.Touchable;
import dev.weir.flink.state.OwnCopy;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator.BufferEntry;
import org.jspecify.annotations.Nullable;

/**
 * The records of one key and side that an interval join still needs: what Flink keeps as a map from time to records, which
 * this is to all others. To the join it is an array sorted by time, those of one time in the order they came, whose places
 * run from {@link #first} to {@link #end}.
 *
 * <p>Place {@code i} has its time in {@code longs[i * width]}. Behind it are the record's words if all records here are
 * flat, else the record is in {@code records[i]}.
 *
 * <p>Records are mostly added at the end and removed at the beginning. One that comes late moves those before it or those
 * behind it, whichever are fewer: channels that are far apart in time add near the two ends.
 */
final class JoinBuffer extends AbstractMap<Long, List<BufferEntry<Object>>> implements OwnCopy<JoinBuffer>, Touchable {
    private static final int CAPACITY_MIN = 4;
    private static final int CAPACITY_KEPT = 64;
    private static final @Nullable Object[] NONE = {};

    private @Nullable FlatValues<Object> flat;
    private final @Nullable TypeSerializer<Object> copier;
    private int width;
    private long[] longs;
    private @Nullable Object[] records;
    private int begin;
    private int end;
    private long cleanedAt = Long.MIN_VALUE;

    /**
     * An empty one.
     *
     * @param flat words of the records, null where they are objects
     * @param copier of records, null where they need not be copied since nobody can change them
     */
    JoinBuffer(@Nullable FlatValues<Object> flat, @Nullable TypeSerializer<Object> copier) {
        this.flat = flat;
        this.copier = copier;
        this.width = flat == null ? 1 : 1 + flat.words();
        this.longs = new long[CAPACITY_MIN * width];
        this.records = flat == null ? new @Nullable Object[CAPACITY_MIN] : NONE;
    }

    /** Shares what the original has: one of the two must not change any more. */
    private JoinBuffer(JoinBuffer original) {
        flat = original.flat;
        copier = original.copier;
        width = original.width;
        longs = original.longs;
        records = original.records;
        begin = original.begin;
        end = original.end;
        cleanedAt = original.cleanedAt;
    }

    /** A buffer of what is another map after a restore. */
    static JoinBuffer of(
            Map<Long, List<BufferEntry<Object>>> map,
            @Nullable FlatValues<Object> flat,
            @Nullable TypeSerializer<Object> copier) {
        JoinBuffer buffer = new JoinBuffer(flat, copier);
        map.forEach((time, entries) -> entries.forEach(entry -> buffer.add(time, entry.getElement())));
        return buffer;
    }

    @Override
    public JoinBuffer copy() {
        JoinBuffer copy = withOwnArrays();
        TypeSerializer<Object> serializer = copier;
        if (serializer != null) {
            for (int i = flat == null ? begin : end; i < end; i++) {
                Object record = records[i];
                copy.records[i] = record == null ? null : serializer.copy(record);
            }
        }
        return copy;
    }

    private JoinBuffer withOwnArrays() {
        JoinBuffer copy = new JoinBuffer(this);
        copy.longs = longs.clone();
        copy.records = records.clone();
        return copy;
    }

    /** Behind the last place. */
    int end() {
        return end;
    }

    long time(int i) {
        return longs[i * width];
    }

    /** The record at a place; one that is changed has to be {@link #set} again. */
    @Nullable
    Object get(int i) {
        FlatValues<Object> words = flat;
        return words == null ? records[i] : words.read(longs, i * width + 1);
    }

    void set(int i, @Nullable Object value) {
        FlatValues<Object> words = flat;
        if (words != null) {
            if (value != null && words.fits(value)) {
                words.write(value, longs, i * width + 1);
                return;
            }
            toObjects(words);
        }
        records[i] = value;
    }

    /** The first place that is not before a time. */
    int first(long time) {
        int low = begin;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (time(middle) < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    void add(long time, @Nullable Object value) {
        if ((end + 1) * width > longs.length) {
            makeRoom();
        }
        int at = end;
        if (begin < end && time < time(end - 1)) {
            at = opened(first(time + 1));
        } else {
            end++;
        }
        longs[at * width] = time;
        set(at, value);
    }

    /** Makes a place before {@code i}; there is room behind the last. */
    private int opened(int i) {
        if (begin > 0 && i - begin < end - i) {
            move(begin, begin - 1, i - begin);
            begin--;
            return i - 1;
        }
        move(i, i + 1, end - i);
        end++;
        return i;
    }

    private void move(int from, int to, int places) {
        System.arraycopy(longs, from * width, longs, to * width, places * width);
        if (flat == null) {
            System.arraycopy(records, from, records, to, places);
        }
    }

    /** Leaves room behind the records, and as much before them where they are many. */
    private void makeRoom() {
        int size = end - begin;
        int present = longs.length / width;
        int capacity = Math.max(CAPACITY_MIN, Math.addExact(size, (size >> 1) + 1));
        int start = size < CAPACITY_KEPT ? 0 : (capacity - size) >> 1;
        if (capacity <= present && present <= Math.max(CAPACITY_KEPT, 4 * capacity)) {
            move(begin, start, size);
            forget(start + size, end);
        } else {
            long[] wider = new long[Math.multiplyExact(capacity, width)];
            System.arraycopy(longs, begin * width, wider, start * width, size * width);
            longs = wider;
            if (flat == null) {
                @Nullable Object[] more = new @Nullable Object[capacity];
                System.arraycopy(records, begin, more, start, size);
                records = more;
            }
        }
        begin = start;
        end = start + size;
    }

    private void forget(int from, int to) {
        if (flat == null) {
            Arrays.fill(records, from, to, null);
        }
    }

    private void toObjects(FlatValues<Object> words) {
        int present = longs.length / width;
        long[] times = new long[present];
        @Nullable Object[] objects = new @Nullable Object[present];
        for (int i = begin; i < end; i++) {
            times[i] = time(i);
            objects[i] = words.read(longs, i * width + 1);
        }
        flat = null;
        width = 1;
        longs = times;
        records = objects;
    }

    /**
     * Removes the records whose cleanup timers have fired: those that were there when the watermark came and are due by it.
     *
     * @param retained what a cleanup timer has more than its record's time, not negative
     */
    void clean(long watermark, long retained) {
        if (cleanedAt == watermark) {
            return;
        }
        cleanedAt = watermark;
        if (begin == end) {
            return;
        }
        int kept = begin;
        if (time(end - 1) > Long.MAX_VALUE - retained) {
            removeOverflown(watermark, retained);
        } else {
            while (kept < end && time(kept) + retained <= watermark) {
                kept++;
            }
            forget(begin, kept);
            begin = kept;
        }
        if (begin == end) {
            reset();
        }
    }

    /**
     * What {@link #clean} would leave, null where that is nothing. Changes nothing, so that a snapshot may ask; the result
     * is for reading, while nobody changes this buffer.
     */
    @Nullable
    JoinBuffer cleaned(long watermark, long retained) {
        JoinBuffer left = this;
        if (cleanedAt != watermark && begin != end) {
            if (time(end - 1) > Long.MAX_VALUE - retained) {
                left = withOwnArrays();
                left.removeOverflown(watermark, retained);
            } else {
                left = new JoinBuffer(this);
                while (left.begin < end && time(left.begin) + retained <= watermark) {
                    left.begin++;
                }
            }
        }
        return left.isEmpty() ? null : left;
    }

    /** Hands over each time of which there are records. */
    void forEachTime(LongConsumer consumer) {
        for (int i = begin; i < end; i = endOfTime(i)) {
            consumer.accept(time(i));
        }
    }

    /** At the end of time a timer's time overflows, and it fires at the next watermark. */
    private void removeOverflown(long watermark, long retained) {
        int i = begin;
        while (i < end) {
            if (time(i) + retained <= watermark) {
                remove(i, i + 1);
            } else {
                i++;
            }
        }
    }

    private void reset() {
        begin = 0;
        end = 0;
        if (longs.length > CAPACITY_KEPT * width) {
            longs = new long[CAPACITY_MIN * width];
            records = flat == null ? new @Nullable Object[CAPACITY_MIN] : NONE;
        }
    }

    /**
     * Whether {@link #clean} would leave nothing, and the last call of it was so long ago that nobody may want the buffer
     * again. Changes nothing.
     */
    boolean isOver(long watermark, long retained, long unusedMillis) {
        // of a time that the watermark has just reached others may still come, as in Flink, whose timers are due then
        if (cleanedAt == watermark || watermark - unusedMillis < cleanedAt) {
            return false;
        }
        if (begin == end) {
            return true;
        }
        long last = time(end - 1);
        return last <= Long.MAX_VALUE - retained && last + retained <= watermark;
    }

    /** {@inheritDoc} What is over is at the beginning, what is added at the end. */
    @Override
    public long touch() {
        return longs[Math.min(begin * width, longs.length - 1)] ^ longs[Math.min(end * width, longs.length - 1)];
    }

    @Override
    public boolean isEmpty() {
        return begin == end;
    }

    @Override
    public Set<Map.Entry<Long, List<BufferEntry<Object>>>> entrySet() {
        return new Times();
    }

    private int endOfTime(int i) {
        int next = i + 1;
        while (next < end && time(next) == time(i)) {
            next++;
        }
        return next;
    }

    private void remove(int from, int to) {
        move(to, from, end - to);
        forget(end - (to - from), end);
        end -= to - from;
    }

    private final class Times extends AbstractSet<Map.Entry<Long, List<BufferEntry<Object>>>> {
        @Override
        public int size() {
            int distinct = 0;
            for (int i = begin; i < end; i = endOfTime(i)) {
                distinct++;
            }
            return distinct;
        }

        @Override
        public Iterator<Map.Entry<Long, List<BufferEntry<Object>>>> iterator() {
            return new Iterator<>() {
                private int last = begin;
                private int next = begin;

                @Override
                public boolean hasNext() {
                    return next < end;
                }

                @Override
                public Map.Entry<Long, List<BufferEntry<Object>>> next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    last = next;
                    next = endOfTime(last);
                    List<BufferEntry<Object>> entries = new ArrayList<>(next - last);
                    for (int i = last; i < next; i++) {
                        entries.add(new BufferEntry<>(get(i), false));
                    }
                    return Map.entry(time(last), entries);
                }

                @Override
                public void remove() {
                    JoinBuffer.this.remove(last, next);
                    next = last;
                }
            };
        }
    }
}

package dev.weir.rocksdb;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one key group of a {@link KeyQueue}, in the order of their bytes. The first ones are in memory: no key of the
 * database is before the last of them, or in between.
 */
public final class OrderedKeys {

    /**
     * How many of the first keys are in memory.
     *
     * @param mayGrow whether they may be more while there is room
     */
    public record Head(int keys, boolean mayGrow) {}

    private static final int PAGE_KEYS = 1024;

    private final KeyQueue queue;
    private final int keyGroup;
    private final Head most;
    private final TreeSet<byte[]> head = new TreeSet<>(Arrays::compareUnsigned);

    // Whether the head is all there is.
    private boolean whole;

    // Where the database has nothing before: removed keys are costly to go over.
    private byte[] from;

    OrderedKeys(KeyQueue queue, int keyGroup, Head most) {
        this.queue = queue;
        this.keyGroup = keyGroup;
        this.most = most;
        this.from = queue.prefix(keyGroup);
    }

    /** The first key, null where there is none. */
    public byte @Nullable [] first() {
        refill();
        return head.isEmpty() ? null : head.first();
    }

    /** Adds a key unless it is there. */
    public void add(byte[] key) {
        refill();
        if (Arrays.compareUnsigned(key, from) < 0) {
            from = key;
        }
        if (whole || (!head.isEmpty() && Arrays.compareUnsigned(key, head.last()) <= 0)) {
            boolean known = whole;
            if (!head.add(key)) {
                return;
            }
            if (known) {
                queue.addNew(key);
            } else {
                queue.add(key);
            }
            queue.hold(key);
            shorten();
        } else {
            queue.add(key);
        }
    }

    /** Removes a key where it is there. */
    public void remove(byte[] key) {
        refill();
        boolean inHead = head.remove(key);
        if (inHead) {
            queue.letGo(key);
        }
        if (inHead || !whole) {
            queue.remove(key);
        }
        if (inHead && head.isEmpty()) {
            from = key;
        }
    }

    /** Number of keys; reads all that are not in memory. */
    public int size() {
        refill();
        if (whole) {
            return head.size();
        }
        int size = 0;
        for (Iterator<byte[]> all = iterator(); all.hasNext(); all.next()) {
            size++;
        }
        return size;
    }

    /** The keys as they are now, in order; they may not change while iterating. */
    public Iterator<byte[]> iterator() {
        refill();
        return whole ? List.copyOf(head).iterator() : queue.iterator(keyGroup, from);
    }

    private void refill() {
        if (head.isEmpty() && !whole) {
            int keysMax = mayGrow() ? Math.max(most.keys(), PAGE_KEYS) : most.keys();
            List<byte[]> page = queue.page(keyGroup, from, keysMax + 1);
            whole = page.size() <= keysMax;
            for (byte[] key : whole ? page : page.subList(0, keysMax)) {
                head.add(key);
                queue.hold(key);
            }
        }
    }

    private boolean mayGrow() {
        return most.mayGrow() && queue.hasRoom();
    }

    /** Leaves the last ones to the database where there is no room for them. */
    private void shorten() {
        while (head.size() > most.keys() && !mayGrow()) {
            byte[] last = Objects.requireNonNull(head.pollLast());
            queue.letGo(last);
            whole = false;
        }
    }
}

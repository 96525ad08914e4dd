package dev.weir.rocksdb;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one key group of a {@link KeyQueue}, in the order of their bytes. The first ones are in memory: no key of the
 * database is before the last of them, or in between.
 */
public final class OrderedKeys {

    private final KeyQueue queue;
    private final int keyGroup;
    private final int headMax;
    private final TreeSet<byte[]> head = new TreeSet<>(Arrays::compareUnsigned);

    // Whether the head is all there is.
    private boolean whole;

    // Where the database has nothing before: removed keys are costly to go over.
    private byte[] from;

    OrderedKeys(KeyQueue queue, int keyGroup, int headMax) {
        this.queue = queue;
        this.keyGroup = keyGroup;
        this.headMax = headMax;
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
            if (head.size() > headMax) {
                head.pollLast();
                whole = false;
            }
        } else {
            queue.add(key);
        }
    }

    /** Removes a key where it is there. */
    public void remove(byte[] key) {
        refill();
        boolean inHead = head.remove(key);
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
            List<byte[]> page = queue.page(keyGroup, from, headMax + 1);
            whole = page.size() <= headMax;
            head.addAll(whole ? page : page.subList(0, headMax));
        }
    }
}

package dev.weir.rocksdb;

import dev.weir.rocksdb.SortedKeys.Found;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one key group of a {@link KeyQueue}, in the order of their bytes. The first ones are in memory: no key of the
 * database is before the last of them, or in between. Those that are added there go to the database when others want to read
 * it, unless they have been removed by then.
 */
public final class OrderedKeys {

    /**
     * How many of the first keys are in memory.
     *
     * @param mayGrow whether they may be more while there is room
     */
    public record Head(int keys, boolean mayGrow) {}

    private static final int PAGE_KEYS = 1024;

    /** As many go at a time at most, so that an operation does not wait for long. */
    private static final int SHORTENED_MAX = 256;

    private final KeyQueue queue;
    private final int keyGroup;
    private final Head most;
    private final SortedKeys head;

    // What the head takes, as far as the queue was told.
    private long heldBytes;

    // Whether the head is all there is.
    private boolean whole;

    // Where the database has nothing before: removed keys are costly to go over.
    private byte[] from;

    // A window's trigger and its cleanup set the same timer, one after the other. Empty where nobody knows whether it
    // is there.
    private byte[] lastAdded = {};
    private int lastLength;

    OrderedKeys(KeyQueue queue, int keyGroup, Head most) {
        this.queue = queue;
        this.keyGroup = keyGroup;
        this.most = most;
        this.from = queue.prefix(keyGroup);
        this.head = new SortedKeys(from);
    }

    /** The first key, the same array as long as it is the first one; null where there is none. */
    public byte @Nullable [] first() {
        refill();
        return head.first();
    }

    /** Adds a key, the beginning of an array, unless it is there. */
    public void add(byte[] key, int length) {
        if (Arrays.equals(key, 0, length, lastAdded, 0, lastLength)) {
            return;
        }
        refill();
        if (Arrays.compareUnsigned(key, 0, length, from, 0, from.length) < 0) {
            from = Arrays.copyOf(key, length);
        }
        if (whole || head.reaches(key, length)) {
            // In the head is all that comes before its end: what is not there is nowhere.
            if (head.add(key, length, !queue.writesBack())) {
                if (!queue.writesBack()) {
                    queue.add(key, length);
                }
                hold();
                shorten();
            }
        } else {
            queue.add(key, length);
        }
        lastAdded = lastAdded.length < length ? new byte[length] : lastAdded;
        System.arraycopy(key, 0, lastAdded, 0, length);
        lastLength = length;
    }

    /** Removes a key, the beginning of an array, where it is there. */
    public void remove(byte[] key, int length) {
        lastLength = 0;
        refill();
        boolean isBehind = !whole && !head.reaches(key, length);
        Found found = head.remove(key, length);
        if (found == Found.STORED || isBehind) {
            queue.remove(key, length);
        }
        if (found != Found.NOTHING) {
            hold();
            if (head.isEmpty()) {
                from = Arrays.copyOf(key, length);
            }
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
        if (whole) {
            return head.all().iterator();
        }
        queue.flush(List.of(this));
        return queue.iterator(keyGroup, from);
    }

    /** Takes note that the database was given keys, of which there were none. */
    public void loaded() {
        if (!head.isEmpty()) {
            throw new IllegalStateException("key group " + keyGroup + " has timers already");
        }
        whole = false;
        from = queue.prefix(keyGroup);
        lastLength = 0;
    }

    /** Whether the database has all keys, but for changes that are on their way. */
    boolean isStored() {
        return head.notStoredCount() == 0;
    }

    /** The keys that the database has not; it gets them now. */
    List<byte[]> notStored() {
        return head.notStored();
    }

    void stored() {
        head.stored();
    }

    private void refill() {
        if (head.isEmpty() && !whole) {
            int keysMax = mayGrow() ? Math.max(most.keys(), PAGE_KEYS) : most.keys();
            List<byte[]> page = queue.page(keyGroup, from, keysMax + 1);
            whole = page.size() <= keysMax;
            for (byte[] key : whole ? page : page.subList(0, keysMax)) {
                head.add(key, key.length, true);
            }
            hold();
        }
    }

    private void hold() {
        long now = head.bytes();
        if (now != heldBytes) {
            queue.hold(now - heldBytes);
            heldBytes = now;
        }
    }

    private boolean mayGrow() {
        return most.mayGrow() && queue.hasRoom();
    }

    /** Leaves some of the last ones to the database where there is no room for them. */
    private void shorten() {
        for (int i = 0; i < SHORTENED_MAX && head.size() > most.keys() && !mayGrow(); i++) {
            byte[] last = head.last();
            if (head.removeLast() == Found.NOT_STORED) {
                queue.add(last, last.length);
            }
            whole = false;
            hold();
        }
    }
}

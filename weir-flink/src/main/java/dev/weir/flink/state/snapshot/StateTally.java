package dev.weir.flink.state.snapshot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Counts the entries of one state. */
final class StateTally {

    private static final Comparator<StateSize.OfKey> SMALLEST_FIRST = Comparator.comparingLong(StateSize.OfKey::bytes);

    private final String name;
    private final String kind;
    private final int largestMax;
    private final PriorityQueue<StateSize.OfKey> largest = new PriorityQueue<>(SMALLEST_FIRST);
    private long keys;
    private long entries;
    private long bytes;

    StateTally(String name, String kind, int largestMax) {
        this.name = name;
        this.kind = kind;
        this.largestMax = largestMax;
    }

    /** Writes a key as text. */
    interface Label {
        String text();
    }

    void addWithoutKey(long moreEntries, long moreBytes) {
        entries += moreEntries;
        bytes += moreBytes;
    }

    /** Adds all that there is for one key and namespace. */
    void add(long moreEntries, long moreBytes, Label key) {
        keys++;
        addWithoutKey(moreEntries, moreBytes);
        if (largestMax == 0) {
            return;
        }
        if (largest.size() == largestMax && moreBytes <= largest.element().bytes()) {
            return;
        }
        if (largest.size() == largestMax) {
            largest.remove();
        }
        largest.add(new StateSize.OfKey(key.text(), moreEntries, moreBytes));
    }

    StateSize size() {
        List<StateSize.OfKey> sorted = new ArrayList<>(largest);
        sorted.sort(SMALLEST_FIRST.reversed());
        return new StateSize(name, kind, keys, entries, bytes, sorted);
    }
}

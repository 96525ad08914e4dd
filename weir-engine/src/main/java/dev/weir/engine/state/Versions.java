package dev.weir.engine.state;

import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The version of a table: what decides whether a value must be copied before it is handed out. Written by the subtask's
 * thread, except {@link #release}, which any thread may call.
 */
final class Versions<V> {

    private final TreeSet<Integer> pins = new TreeSet<>();

    // The newest version a cut still needs; 0 where none does. A stale read costs a needless copy, no more.
    private volatile int pinned;
    private int current = 1;
    private Codec<V> codec;
    private boolean immutable;
    private @Nullable Removals removals;

    Versions(Codec<V> codec) {
        this.codec = codec;
        this.immutable = codec.isImmutable();
    }

    /** Null where nobody wants to know. */
    @Nullable
    Removals removals() {
        return removals;
    }

    void track(Removals tracked) {
        removals = tracked;
    }

    int current() {
        return current;
    }

    boolean immutable() {
        return immutable;
    }

    Codec<V> codec() {
        return codec;
    }

    void changeCodec(Codec<V> next) {
        codec = next;
        immutable = next.isImmutable();
    }

    /** True when a value with this stamp belongs to a cut that is still in use. */
    boolean isPinned(int stamp) {
        return stamp <= pinned;
    }

    /** True when some cut is still in use. */
    boolean isPinned() {
        return pinned != 0;
    }

    /** Ends the current version; returns it, pinned. */
    int cut() {
        synchronized (pins) {
            if (current == Integer.MAX_VALUE) {
                throw new IllegalStateException("too many snapshots of one table: version=" + current);
            }
            pins.add(current);
            pinned = current;
            return current++;
        }
    }

    void release(int version) {
        synchronized (pins) {
            pins.remove(version);
            pinned = pins.isEmpty() ? 0 : pins.last();
        }
    }
}

package dev.weir.engine.state;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a queue as they were at one moment. The subtask's thread takes it; any one thread at a time reads it, while
 * the queue changes. It needs no closing.
 */
public final class TimerCut<T> {

    private final TimerAccess<T> access;
    private final KeyGroupSpan span;
    private final Frozen<T> now;
    private final List<Frozen<T>> earlier;
    private final int[] sizes;

    // Once somebody asked.
    private @Nullable TimersByKeyGroup<T> sorted;
    private @Nullable Compared<T> compared;

    /**
     * The timers of a slab, each in the place that it has in all cuts.
     *
     * @param version greater than that of earlier cuts
     */
    record Frozen<T>(int version, List<@Nullable T[]> chunks) {

        void forEach(Consumer<T> action) {
            for (@Nullable T[] chunk : chunks) {
                for (T timer : chunk) {
                    if (timer != null) {
                        action.accept(timer);
                    }
                }
            }
        }

        /** The timers that another cut has not. */
        void forEachOutside(Frozen<T> other, Consumer<T> action) {
            for (int i = 0; i < chunks.size(); i++) {
                @Nullable T[] chunk = chunks.get(i);
                @Nullable T[] others = i < other.chunks.size() ? other.chunks.get(i) : null;
                if (chunk == others) {
                    continue;
                }
                for (int slot = 0; slot < chunk.length; slot++) {
                    T timer = chunk[slot];
                    if (timer != null && (others == null || slot >= others.length || others[slot] != timer)) {
                        action.accept(timer);
                    }
                }
            }
        }
    }

    private record Compared<T>(int version, TimerChanges<T> changes) {}

    /**
     * @param earlier what this cut can be compared with
     * @param sizes how many timers each key group has
     */
    TimerCut(TimerAccess<T> access, KeyGroupSpan span, Frozen<T> now, List<Frozen<T>> earlier, int[] sizes) {
        this.access = access;
        this.span = span;
        this.now = now;
        this.earlier = earlier;
        this.sizes = sizes;
    }

    /** What {@link #since} of later cuts refers to. */
    public int version() {
        return now.version();
    }

    /** Number of timers of a key group. */
    public int size(int keyGroup) {
        return sizes[span.offsetOf(keyGroup)];
    }

    /** The timers of a key group, in no particular order. */
    public List<T> ofKeyGroup(int keyGroup) {
        return sorted().ofKeyGroup(keyGroup);
    }

    /** All timers, in no particular order. */
    public List<T> all() {
        return sorted().all();
    }

    private TimersByKeyGroup<T> sorted() {
        TimersByKeyGroup<T> present = sorted;
        if (present == null) {
            present = TimersByKeyGroup.of(access, span, now::forEach);
            sorted = present;
        }
        return present;
    }

    /** What has changed since an earlier cut, null where that was not kept: see {@link TimerQueue#trackedCut}. */
    public @Nullable TimerChanges<T> since(int version) {
        Compared<T> present = compared;
        if (present != null && present.version() == version) {
            return present.changes();
        }
        for (Frozen<T> before : earlier) {
            if (before.version() == version) {
                TimerChanges<T> changes = new TimerChanges<>(
                        TimersByKeyGroup.of(access, span, action -> now.forEachOutside(before, action)),
                        TimersByKeyGroup.of(access, span, action -> before.forEachOutside(now, action)));
                compared = new Compared<>(version, changes);
                return changes;
            }
        }
        return null;
    }
}

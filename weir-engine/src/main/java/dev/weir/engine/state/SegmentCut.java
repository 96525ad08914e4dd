package dev.weir.engine.state;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A segment as it was at a cut: the arrays it had then, which the subtask's thread goes on to change, and copies of those of
 * their pages that it has changed since. It copies a page before the first change to it, so that no change takes longer than
 * a page.
 *
 * <p>Another thread reads meanwhile. It copies a page that is not saved, then looks again whether it has been saved, in which
 * case what it has copied may be torn and the saved one is taken: a sequence lock (Lameter, 2005) whose sequence is one step.
 */
final class SegmentCut<K, N, V> {

    /** Slots of a page: few, since all are copied for the first that changes; many enough that a page is worth an object. */
    static final int PAGE_BITS = 4;

    private static final int PAGE = 1 << PAGE_BITS;

    private final Segment<K, N, V> arrays;

    // Null once released.
    private volatile @Nullable AtomicReferenceArray<@Nullable Segment<K, N, V>> saved;

    // The cut taken before this one that still needs the same arrays; the subtask's thread alone knows.
    private @Nullable SegmentCut<K, N, V> older;

    /** @param arrays the segment's arrays, which are its own until it gets others */
    SegmentCut(Segment<K, N, V> arrays, @Nullable SegmentCut<K, N, V> older) {
        this.arrays = arrays;
        this.saved = new AtomicReferenceArray<>((arrays.capacity() + PAGE - 1) >>> PAGE_BITS);
        this.older = older;
    }

    /** The newest of some cuts that is still needed. For the subtask's thread. */
    static <K, N, V> @Nullable SegmentCut<K, N, V> needed(@Nullable SegmentCut<K, N, V> newest) {
        SegmentCut<K, N, V> cut = newest;
        while (cut != null && cut.saved == null) {
            cut = cut.older;
        }
        if (cut != null) {
            cut.older = needed(cut.older);
        }
        return cut;
    }

    /** Whether a page is saved for this cut, and so for older ones. For the subtask's thread. */
    boolean has(int page) {
        AtomicReferenceArray<@Nullable Segment<K, N, V>> pages = saved;
        return pages != null && pages.getPlain(page) != null;
    }

    /** Keeps a page that is about to be changed, for this cut and older ones. For the subtask's thread. */
    void save(int page) {
        Segment<K, N, V> copy = null;
        for (SegmentCut<K, N, V> cut = this; cut != null; cut = cut.older) {
            AtomicReferenceArray<@Nullable Segment<K, N, V>> pages = cut.saved;
            if (pages != null && pages.getPlain(page) == null) {
                copy = copy == null ? copied(page) : copy;
                pages.set(page, copy);
            }
        }
        if (copy != null) {
            // The change may not be seen by who does not see the copy.
            VarHandle.storeStoreFence();
        }
    }

    int size() {
        return arrays.size();
    }

    int pages() {
        return present().length();
    }

    /** The entries of a page, in slots from 0. For the reading thread. */
    Segment<K, N, V> page(int page) {
        AtomicReferenceArray<@Nullable Segment<K, N, V>> pages = present();
        Segment<K, N, V> copy = pages.get(page);
        if (copy == null) {
            Segment<K, N, V> mayBeTorn = copied(page);
            VarHandle.loadLoadFence();
            copy = pages.get(page);
            copy = copy == null ? mayBeTorn : copy;
        }
        return copy;
    }

    /** Gives up all copies. */
    void release() {
        saved = null;
    }

    private Segment<K, N, V> copied(int page) {
        return arrays.copy(page << PAGE_BITS, Math.min(arrays.capacity(), (page + 1) << PAGE_BITS));
    }

    private AtomicReferenceArray<@Nullable Segment<K, N, V>> present() {
        AtomicReferenceArray<@Nullable Segment<K, N, V>> pages = saved;
        if (pages == null) {
            throw new IllegalStateException("the cut was closed");
        }
        return pages;
    }
}

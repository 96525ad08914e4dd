package dev.weir.engine.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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

    /** Slots of a page: few, since all are copied for the first that changes; many enough that a page is worth its place. */
    static final int PAGE_BITS = 3;

    private static final int PAGE = 1 << PAGE_BITS;

    /** Pages that are read together, a power of two: enough that memory is asked for several at once, few enough for a cache. */
    private static final int PART_PAGES = 16;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(int[].class);

    private final Segment<K, N, V> arrays;

    // Null once released.
    private volatile @Nullable Saved saved;

    // Of what was touched, so that reading it has a result.
    @SuppressWarnings("UnusedVariable")
    private long touched;

    // The cut taken before this one that still needs the same arrays; the subtask's thread alone knows.
    private @Nullable SegmentCut<K, N, V> older;

    /**
     * What was saved.
     *
     * @param words by page one more than the place of its longs; 0 where it is not saved. Who has read another number sees the
     *     rest
     * @param objects by page the place of its objects
     * @param marks a bit for each page that is saved, for the subtask's thread: asked at each change, and small enough to be in a
     *     cache
     */
    private record Saved(SavedPages pages, int[] words, int[] objects, long[] marks) {
        boolean has(int page) {
            return (marks[page >>> 6] & 1L << page) != 0;
        }

        void mark(int page) {
            marks[page >>> 6] |= 1L << page;
        }
    }

    /**
     * @param arrays the segment's arrays, which are its own until it gets others
     * @param pages where copies go, shared by the cuts of a table's segments
     */
    SegmentCut(Segment<K, N, V> arrays, SavedPages pages, @Nullable SegmentCut<K, N, V> older) {
        int count = (arrays.capacity() + PAGE - 1) >>> PAGE_BITS;
        this.arrays = arrays;
        this.saved = new Saved(
                pages, new int[count], new int[arrays.hasObjects() ? count : 0], new long[(count + 63) >>> 6]);
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
        Saved present = saved;
        return present != null && present.has(page);
    }

    /** Keeps a page that is about to be changed, for this cut and older ones. For the subtask's thread. */
    void save(int page) {
        for (SegmentCut<K, N, V> cut = this; cut != null; cut = cut.older) {
            Saved present = cut.saved;
            if (present != null && !present.has(page)) {
                int from = page << PAGE_BITS;
                if (present.objects.length > 0) {
                    present.objects[page] = arrays.saveObjects(from, slots(), present.pages);
                }
                WORDS.setRelease(present.words, page, 1 + arrays.saveLongs(from, slots(), present.pages));
                present.mark(page);
            }
        }
        // The change may not be seen by who does not see the copy.
        VarHandle.storeStoreFence();
    }

    int size() {
        return arrays.size();
    }

    /** How often {@link #read} gives something else. */
    int parts() {
        int pages = present().words.length;
        return (pages + PART_PAGES - 1) / PART_PAGES;
    }

    /** Room for a part. */
    Segment<K, N, V> room() {
        return arrays.room(Math.min(arrays.capacity(), PAGE * PART_PAGES));
    }

    /** Room for so many entries. */
    Segment<K, N, V> room(int slots) {
        return arrays.room(slots);
    }

    /** Copies the entries of a part. For the reading thread. */
    void read(int part, Segment<K, N, V> to) {
        Saved present = present();
        int first = part * PART_PAGES;
        int pages = Math.min(present.words.length, PART_PAGES);
        // saved pages lie in the order of changes: memory is asked for all before one is waited for
        for (int i = 0; i < pages; i++) {
            int words = (int) WORDS.getAcquire(present.words, first + i);
            if (words != 0) {
                touched += present.pages.touch(words - 1);
                if (present.objects.length > 0) {
                    touched += present.pages.touchObjects(present.objects[first + i]);
                }
            }
        }
        for (int i = 0; i < pages; i++) {
            read(present, first + i, to, i << PAGE_BITS);
        }
    }

    private void read(Saved present, int page, Segment<K, N, V> to, int slot) {
        int words = (int) WORDS.getAcquire(present.words, page);
        if (words == 0) {
            to.fill(slot, slots(), arrays, page << PAGE_BITS);
            VarHandle.loadLoadFence();
            words = (int) WORDS.getAcquire(present.words, page);
        }
        if (words != 0) {
            to.fill(slot, slots(), present.pages, words - 1, present.objects.length > 0 ? present.objects[page] : -1);
        }
    }

    /** Gives up all copies. */
    void release() {
        saved = null;
    }

    private int slots() {
        return Math.min(arrays.capacity(), PAGE);
    }

    private Saved present() {
        Saved present = saved;
        if (present == null) {
            throw new IllegalStateException("the cut was closed");
        }
        return present;
    }
}

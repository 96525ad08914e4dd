package dev.weir.rocksdb.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An object for each row that has one, in pages as those of {@link Rows}. */
final class Beside {

    private static final @Nullable Object[] NO_PAGE = {};

    private @Nullable Object[][] pages = {};

    @Nullable
    Object get(int row) {
        int number = row >>> Rows.PAGE_BITS;
        @Nullable Object[] page = number < pages.length ? pages[number] : NO_PAGE;
        return page.length == 0 ? null : page[row & (Rows.PAGE_ROWS - 1)];
    }

    void set(int row, Object object) {
        int number = row >>> Rows.PAGE_BITS;
        if (number >= pages.length) {
            int before = pages.length;
            pages = Arrays.copyOf(pages, Math.max(4, 2 * number));
            Arrays.fill(pages, before, pages.length, NO_PAGE);
        }
        if (pages[number].length == 0) {
            pages[number] = new @Nullable Object[Rows.PAGE_ROWS];
        }
        pages[number][row & (Rows.PAGE_ROWS - 1)] = object;
    }

    void remove(int row) {
        int number = row >>> Rows.PAGE_BITS;
        if (number < pages.length && pages[number].length > 0) {
            pages[number][row & (Rows.PAGE_ROWS - 1)] = null;
        }
    }

    void move(int from, int to) {
        Object moved = get(from);
        if (moved == null) {
            remove(to);
        } else {
            set(to, moved);
            remove(from);
        }
    }

    /** Gives up a page that has no rows any more. */
    void drop(int number) {
        if (number < pages.length) {
            pages[number] = NO_PAGE;
        }
    }

    void clear() {
        pages = new @Nullable Object[0][];
    }
}

package dev.weir.engine.memory;

import java.util.ArrayList;
import java.util.List;

/** A change that may resolve a contradiction; whether it does is found by deriving again. */
sealed interface Remedy {
    /**
     * One value.
     *
     * @param from what was, 0 for a fraction
     */
    record Set(Change change, long from) implements Remedy {
        long distance() {
            return change instanceof Change.Size size ? Math.abs(size.bytes() - from) : 0;
        }

        /** Further from what was, to a whole mebibyte. */
        Set rounded() {
            if (!(change instanceof Change.Size size)) {
                return this;
            }
            long rest = size.bytes() % Bytes.MEBI;
            long down = size.bytes() - rest;
            long to = rest == 0 || size.bytes() < from ? down : saturated(down, Bytes.MEBI);
            return new Set(new Change.Size(size.key(), to), from);
        }
    }

    /** The smallest value above {@code from} that resolves it, in whole mebibytes. */
    record Raise(String key, long from) implements Remedy {}

    static Set set(String key, long from, long to) {
        return new Set(new Change.Size(key, to), from);
    }

    /** Never more than the largest long. */
    static long saturated(long some, long more) {
        return some > Long.MAX_VALUE - more ? Long.MAX_VALUE : some + more;
    }

    static List<Remedy> and(List<? extends Remedy> some, List<? extends Remedy> more) {
        List<Remedy> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    /** {@code part} smaller by {@code excess}, nothing where it is not as large as that. */
    static List<Remedy> lower(Setting part, long excess) {
        return part.bytes() >= excess ? List.of(set(part.key(), part.bytes(), part.bytes() - excess)) : List.of();
    }
}

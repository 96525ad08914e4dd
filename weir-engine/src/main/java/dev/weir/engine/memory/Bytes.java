package dev.weir.engine.memory;

import java.util.Locale;

/** Sizes as text that can be read back: the largest unit that says them exactly. */
public final class Bytes {
    public static final long MEBI = 1L << 20;
    private static final String UNITS = "bkmgt";

    private Bytes() {}

    /** Exact, as {@code 640m} or {@code 1234b}: what a key can be set to. */
    public static String exact(long bytes) {
        int unit = 0;
        long value = bytes;
        while (unit < UNITS.length() - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + UNITS.substring(unit, unit + 1);
    }

    /** For a reader: exact where that is short, else to a tenth of a mebibyte with the bytes behind. */
    public static String text(long bytes) {
        String exact = exact(bytes);
        return bytes < MEBI || exact.length() <= 6
                ? exact
                : String.format(Locale.ROOT, "%.1fm (%d bytes)", bytes / (double) MEBI, bytes);
    }
}

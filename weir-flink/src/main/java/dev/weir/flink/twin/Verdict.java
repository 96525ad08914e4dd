package dev.weir.flink.twin;

/**
 * Whether an operator runs natively.
 *
 * @param isNative true where records go through a twin
 * @param reason what was recognised, or what was not
 */
public record Verdict(boolean isNative, String reason) {
    /** It runs natively. */
    public static Verdict yes(String what) {
        return new Verdict(true, what);
    }

    /** It is hosted. */
    public static Verdict no(String why) {
        return new Verdict(false, why);
    }
}

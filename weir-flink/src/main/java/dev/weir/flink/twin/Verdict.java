package dev.weir.flink.twin;

/**
 * Whether an operator runs natively.
 *
 * @param isNative true where records go through a twin
 * @param reason what was recognised, or what was not
 */
public record Verdict(boolean isNative, String reason) {
    static Verdict yes(String what) {
        return new Verdict(true, what);
    }

    static Verdict no(String why) {
        return new Verdict(false, why);
    }
}

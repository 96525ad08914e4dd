package dev.weir.bench.input;

/** Hashes of results, and the pseudo-random numbers that inputs are made of. */
public final class Hash {
    private Hash() {}

    /** Spreads the bits of a number; a bijection (the finalizer of splitmix64, shortened by one round). */
    public static long mix(long x) {
        long y = (x + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        y = (y ^ (y >>> 29)) * 0x94D049BB133111EBL;
        return y ^ (y >>> 32);
    }

    /** Of two fields. */
    public static long of(long a, long b) {
        return mix(a * 31 + mix(b));
    }

    /** Of three fields. */
    public static long of(long a, long b, long c) {
        return of(of(a, b), c);
    }

    /** A number below {@code bound}, evenly spread, from a mixed one. */
    public static long below(int bound, long mixed) {
        return ((mixed >>> 32) * bound) >>> 32;
    }
}

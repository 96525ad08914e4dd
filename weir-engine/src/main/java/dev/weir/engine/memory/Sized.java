package dev.weir.engine.memory;

/** A size with where it comes from. */
public record Sized(long bytes, Origin origin) {
    static Sized sum(long bytes) {
        return new Sized(bytes, new Origin.Sum());
    }
}

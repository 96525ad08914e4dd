package dev.weir.engine.memory;

/** One key set to another value, such that a contradiction is resolved. */
public sealed interface Change {
    String key();

    /** What the key is to be set to. */
    String value();

    /** As it would be written. */
    default String text() {
        return key() + "=" + value();
    }

    /** Another size. */
    record Size(String key, long bytes) implements Change {
        @Override
        public String value() {
            return Bytes.exact(bytes);
        }
    }

    /** Another fraction, exact as a float, as which it is read. */
    record Fraction(String key, double fraction) implements Change {
        @Override
        public String value() {
            return Float.toString((float) fraction);
        }
    }
}

package dev.weir.engine.memory;

/** Where a figure of a budget comes from. */
public sealed interface Origin {
    /** In words, to stand beside the figure. */
    String text();

    /** The user has set the key. */
    record Given(String key) implements Origin {
        @Override
        public String text() {
            return "set by " + key;
        }
    }

    /** The key's default. */
    record Default(String key) implements Origin {
        @Override
        public String text() {
            return "default of " + key;
        }
    }

    /**
     * A fraction of something else.
     *
     * @param key with who has set it
     * @param of what it is a fraction of
     * @param bound the key of the bound that was reached, as {@code key}, empty where none was
     */
    record Fraction(String key, double fraction, String of, String bound) implements Origin {
        @Override
        public String text() {
            String share = (float) fraction + " of the " + of + " by " + key;
            return bound.isEmpty() ? share : "limited by " + bound + ", would be " + share;
        }
    }

    /** What others leave. */
    record Rest(String of) implements Origin {
        @Override
        public String text() {
            return "the rest of the " + of;
        }
    }

    /** The sum of its parts. */
    record Sum() implements Origin {
        @Override
        public String text() {
            return "sum";
        }
    }

    /** Decided without a key, with the reason. */
    record Chosen(String reason) implements Origin {
        @Override
        public String text() {
            return reason;
        }
    }
}

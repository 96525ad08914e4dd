package dev.weir.engine.exchange;

/**
 * Hears of each time that a task waits, as it begins and as it ends. Called by the thread that waits, so it must be short
 * and never block; what a task does while it is not told to wait is work.
 */
public interface WaitObserver {

    /** What is waited for. */
    enum Wait {
        /** Mail or input. */
        INPUT,
        /** Space in an output, between two records. */
        OUTPUT,
        /** Space in an output, in the middle of a record that had to be emitted. */
        OUTPUT_WITHIN_RECORD
    }

    /** Hears of nothing. */
    WaitObserver NONE = new WaitObserver() {
        @Override
        public void began(Wait wait) {}

        @Override
        public void ended(Wait wait) {}
    };

    void began(Wait wait);

    void ended(Wait wait);
}

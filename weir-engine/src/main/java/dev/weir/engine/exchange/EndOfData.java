package dev.weir.engine.exchange;

/**
 * The last data of a channel has been sent; only checkpoints may still follow (FLIP-147). With {@code drain} the
 * downstream finishes its operators, without it they stop as they are (stop-with-savepoint without drain).
 */
public final class EndOfData extends Control {
    public static final EndOfData DRAIN = new EndOfData(true);
    public static final EndOfData NO_DRAIN = new EndOfData(false);

    private final boolean drain;

    private EndOfData(boolean drain) {
        this.drain = drain;
    }

    public boolean drain() {
        return drain;
    }

    @Override
    public String toString() {
        return drain ? "EndOfData(drain)" : "EndOfData(no drain)";
    }

    @Override
    public boolean isUrgent() {
        return true;
    }
}

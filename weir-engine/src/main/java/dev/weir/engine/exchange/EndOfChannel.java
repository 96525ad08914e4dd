package dev.weir.engine.exchange;

/** Nothing follows in this channel. The producer closes after it, the consumer may release the channel. */
public final class EndOfChannel extends Control {
    public static final EndOfChannel INSTANCE = new EndOfChannel();

    private EndOfChannel() {}

    @Override
    public String toString() {
        return "EndOfChannel";
    }

    @Override
    public boolean isUrgent() {
        return true;
    }
}

package dev.weir.engine.exchange;

/**
 * An in-band element that is not a record: it travels in a channel, in order with the records.
 *
 * <p>The engine knows a few ({@link EndOfData}, {@link EndOfChannel}); an adapter defines its own, such as watermarks
 * and latency markers, by extending this class. A class and not an interface, so that telling a record from a control
 * element is one compare on the hot path. Immutable: one instance may be sent down many channels.
 */
public abstract class Control {

    /** Whether the consumer is told at once, whatever the edge's buffer timeout. */
    public boolean isUrgent() {
        return false;
    }
}

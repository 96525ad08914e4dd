package dev.weir.testing.simulation;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.NetworkMemory;

/**
 * How unkind a simulation is.
 *
 * @param limits of every channel
 * @param network what all channels share
 * @param wakePercent of the moves: a task is woken for no reason, so that its processor is told to yield
 * @param flushPercent of the moves: a writer is flushed for no reason, as a timer's thread might
 */
public record SimulationOptions(ChannelLimits limits, NetworkMemory network, int wakePercent, int flushPercent) {
    /** Channels of one slot, and an interruption at every turn. */
    public static final SimulationOptions HOSTILE = new SimulationOptions(new ChannelLimits(1, 1, 1), 20, 20);

    /** With more network memory than any simulation uses. */
    public SimulationOptions(ChannelLimits limits, int wakePercent, int flushPercent) {
        this(limits, NetworkMemory.DEFAULT, wakePercent, flushPercent);
    }

    /** Channels as in production, undisturbed. */
    public static final SimulationOptions PLAIN = new SimulationOptions(ChannelLimits.DEFAULT, 0, 0);
}

package dev.weir.testing.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** The time of a simulation, and what is to happen when. Belongs to the thread of the test. */
public final class VirtualTime {
    private record Event(long atNanos, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
    private long order;
    private long nowNanos;

    /** The time, from 0 on. */
    public long nowNanos() {
        return nowNanos;
    }

    /** Has an action run once {@code delayNanos} have passed; actions of one moment in the order in which they were given. */
    public void schedule(long delayNanos, Runnable action) {
        events.add(new Event(nowNanos + delayNanos, order++, action));
    }

    /** Goes from action to action until a condition holds. */
    public void runUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (events.isEmpty()) {
                throw new AssertionError("nothing is left to happen");
            }
            passTo(nextNanos());
            runDue();
        }
    }

    /** Nothing of what was to happen will: its process is dead. */
    public void forgetAll() {
        events.clear();
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /** When the next action is due; {@link Long#MAX_VALUE} where there is none. */
    long nextNanos() {
        Event next = events.peek();
        return next == null ? Long.MAX_VALUE : next.atNanos();
    }

    void passTo(long nanos) {
        nowNanos = Math.max(nowNanos, nanos);
    }

    void runDue() {
        while (nextNanos() <= nowNanos) {
            events.remove().action().run();
        }
    }
}

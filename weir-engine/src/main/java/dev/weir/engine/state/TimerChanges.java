package dev.weir.engine.state;

/**
 * How the timers of two cuts differ. One that was removed and added again in between may be in both.
 *
 * @param added those that only the later cut has
 * @param removed those that only the earlier one has
 */
public record TimerChanges<T>(TimersByKeyGroup<T> added, TimersByKeyGroup<T> removed) {}

package dev.weir.engine.exchange;

/**
 * Gives the receiver a record of its own. {@code copy(x)} equals what serializing and deserializing {@code x} gives;
 * a type known to be immutable may be returned as it is. Thread-confined: one copier per subtask and edge.
 */
@FunctionalInterface
public interface Copier<T> {
    T copy(T value);
}

package dev.weir.engine.state;

/**
 * How a {@link TimerQueue} sees its elements. Equality is the elements' own {@code equals} and {@code hashCode}.
 */
public interface TimerAccess<T> {

    /** The element's due time; smaller comes first. Must not change while the element is queued. */
    long due(T element);

    /** Orders elements of equal due time: negative where {@code a} comes first. 0 where any order will do. */
    default int compareTies(T a, T b) {
        return 0;
    }

    /** The key group of the element's key. */
    int keyGroup(T element);

    /** The position the queue gave the element last. */
    int position(T element);

    /** Remembers the element's position. */
    void setPosition(T element, int position);
}

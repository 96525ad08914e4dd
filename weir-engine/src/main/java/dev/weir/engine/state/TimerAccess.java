package dev.weir.engine.state;

/**
 * How a {@link TimerQueue} sees its elements. Equality is the elements' own {@code equals} and {@code hashCode}, or that of
 * due times and identities where they have such.
 */
public interface TimerAccess<T> {

    /** The element's due time; smaller comes first. Must not change while the element is queued. */
    long due(T element);

    /** Whether elements of equal due time have an order of their own; always the same answer. */
    default boolean ordersTies() {
        return false;
    }

    /**
     * Orders elements of equal due time: negative where {@code a} comes first, 0 where any order will do. Asked only where
     * {@link #ordersTies()}.
     */
    default int compareTies(T a, T b) {
        return 0;
    }

    /**
     * Whether elements are equal just where their due times and {@link #identity identities} are; always the same answer.
     * An equal element is found without a look at it then.
     */
    default boolean hasIdentity() {
        return false;
    }

    /** Asked only where {@link #hasIdentity()}. */
    default long identity(T element) {
        return 0;
    }

    /** The hash code of the element's key, which follows from its identity. Asked only where {@link #hasIdentity()}. */
    default int keyHash(T element) {
        return Long.hashCode(identity(element));
    }

    /** The key group of the element's key. */
    int keyGroup(T element);
}

package dev.weir.engine.state;

/**
 * A table namespace by namespace, for operators that work on whole ones, as windows do. For the subtask's thread.
 */
public interface Namespaces<K, N, V> {

    /** The entries of a namespace, which is there from now on, until it is dropped. */
    Pane<K, V> open(N namespace);

    /** Removes a namespace with all its entries, at once. Its pane must not be used any more. */
    void drop(N namespace);

    /**
     * Of how many namespaces, those made last, the entries of {@linkplain KeysAhead expected keys} are read: one at first.
     *
     * @param newest at least one; for when the next one is made
     */
    void readAhead(int newest);

    /** The namespaces that are there, in no particular order; none may come or go while iterating. */
    Iterable<N> all();
}

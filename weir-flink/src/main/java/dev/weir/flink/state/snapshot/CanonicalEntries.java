package dev.weir.flink.state.snapshot;

import java.io.IOException;

/** Walks over the entries of one state and key group in their canonical form, a pair of byte arrays, made one by one. */
interface CanonicalEntries {

    /** Goes to the next entry; false where there is none. */
    boolean advance() throws IOException;

    /** Key of the entry: key group, key, namespace, and in a map the user's key. The caller may change it. */
    byte[] key();

    /** Value of the entry. */
    byte[] value();
}

package dev.weir.rocksdb;

import dev.weir.rocksdb.KeyLayout.Place;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a table's entry is in the database. For one thread. */
interface Form<K, N, V> {

    /** Key and namespace of the stored key. */
    Place<K, N> place(byte[] stored) throws IOException;

    /** Reads the value that begins where the scan is, and goes behind it. */
    @Nullable
    V read(Scan scan, Place<K, N> place) throws IOException;

    /** Goes behind the value that begins where the scan is. */
    void skip(Scan scan, Place<K, N> place);

    /** The same for another thread. */
    Form<K, N, V> duplicate(KeyLayout<K, N> layout);
}

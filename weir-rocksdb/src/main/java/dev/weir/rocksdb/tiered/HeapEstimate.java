package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.HeapTable;
import dev.weir.engine.state.PackedValue;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the entries of a table take on the heap, by estimate: its arrays, and where there are objects in them the mean of some
 * entries that are looked at in turn. A value that does not tell its size is taken to be three times its
 * bytes. For the subtask's thread.
 */
final class HeapEstimate<K, N, V> {

    /** Of an entry that has not been seen yet, and of the key of one that has. */
    private static final long ENTRY_BYTES = 64;

    private static final int OBJECT_TO_BYTES = 3;

    /** A new sample counts for so much of the mean. */
    private static final int SAMPLES = 16;

    /** Bytes that are written for a sample at the cost of one look. */
    private static final int BYTES_PER_LOOK = 1024;

    private final HeapTable<K, N, V> table;
    private @Nullable TableSweep<K, N, V> samples;
    private double meanBytes = -1;
    private long looksLeft;

    HeapEstimate(HeapTable<K, N, V> table) {
        this.table = table;
    }

    /** Looks at one entry, unless one of late was so large that it is not its turn. */
    void look(Codec<V> codec) {
        if (looksLeft-- > 0 || !table.keepsObjects()) {
            return;
        }
        TableSweep<K, N, V> present = samples;
        if (present == null || !present.hasNext()) {
            present = table.sweep(1);
            samples = present;
        }
        for (TableEntry<K, N, V> entry : present.next()) {
            double bytes = ENTRY_BYTES + valueBytes(entry.value(), codec);
            meanBytes = meanBytes < 0 ? bytes : meanBytes + (bytes - meanBytes) / SAMPLES;
        }
    }

    private long valueBytes(@Nullable V value, Codec<V> codec) {
        if (value instanceof PackedValue sized) {
            return sized.heapBytes();
        }
        // to write an object may change it, which a snapshot's thread may be writing
        long written = value == null ? 0 : written(codec, table.isRead() ? codec.copy(value) : value);
        looksLeft = written / BYTES_PER_LOOK;
        return OBJECT_TO_BYTES * written;
    }

    /** What one entry takes. */
    double entryBytes() {
        long size = table.size();
        return size == 0 ? ENTRY_BYTES : (double) bytes() / size;
    }

    /** What all entries take. */
    long bytes() {
        double ofObjects = table.keepsObjects() ? (meanBytes < 0 ? ENTRY_BYTES : meanBytes) : 0;
        return table.arrayBytes() + (long) (ofObjects * table.size());
    }

    /** What cannot be written counts for nothing: whoever has to write it will say so. */
    private long written(Codec<V> codec, V value) {
        try (DataOutputStream out = new DataOutputStream(OutputStream.nullOutputStream())) {
            codec.write(value, out);
            return out.size();
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }
}

package dev.weir.flink.record;

import dev.weir.engine.exchange.RowFormat;
import org.jspecify.annotations.Nullable;

/** A format that also takes records apart. Stateless, any thread. */
public interface RowCopier extends RowFormat {

    /**
     * Writes the words of a record to the front of a row.
     *
     * @return false where the record is not what its type promises (null, a subclass, a null field): nothing is lost by
     *     handing on the object
     */
    boolean write(Object value, long[] row);

    /** What a record that was written refers to beside its words; null where it has no such part, or the part is null. */
    @Nullable
    Object part(Object value);
}

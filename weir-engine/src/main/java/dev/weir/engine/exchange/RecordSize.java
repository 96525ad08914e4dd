package dev.weir.engine.exchange;

import org.jspecify.annotations.Nullable;

/**
 * Estimates what records take, to charge them to their channel's credit. Belongs to the thread that emits, since an estimate
 * may be learnt from the records it has seen.
 */
@FunctionalInterface
public interface RecordSize {
    /** Of an object of which nothing is known. */
    int OBJECT_BYTES = 48;

    /** Knows strings and arrays of bytes, and takes others to be small. */
    RecordSize SHALLOW = value -> {
        if (value instanceof String string) {
            return OBJECT_BYTES + string.length();
        }
        return value instanceof byte[] bytes ? OBJECT_BYTES + bytes.length : OBJECT_BYTES;
    };

    /** In bytes, at least 0. */
    int bytes(@Nullable Object value);
}

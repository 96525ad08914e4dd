package dev.weir.engine.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * All the engine knows of a type: how to write, read and copy its values. {@code copy(x)} equals {@code read(write(x))}.
 *
 * <p>An instance belongs to one thread at a time; another thread takes a {@link #duplicate()}.
 */
public interface Codec<T> {

    /** Appends the value's bytes. */
    void write(T value, DataOutput out) throws IOException;

    /** Reads one value, exactly the bytes {@link #write} appended. */
    T read(DataInput in) throws IOException;

    /** A value that shares nothing mutable with its argument; the argument itself where the type is immutable. */
    T copy(T value);

    /** Whether no value of the type can change, so that copies and stamps on reads may be left out. */
    boolean isImmutable();

    /** Whether a copy takes much less than writing and reading, so that objects are worth keeping in the place of bytes. */
    default boolean copiesFast() {
        return false;
    }

    /** How values are words, to be kept in the place of copies; null where they are not, or where nobody keeps any. */
    default @Nullable FlatValues<T> words() {
        return null;
    }

    /** A codec for the same type that another thread may use at the same time. */
    Codec<T> duplicate();

    /** Bytes that each value takes, where that is the same for all; negative where it is not. */
    default int fixedBytes() {
        return -1;
    }
}

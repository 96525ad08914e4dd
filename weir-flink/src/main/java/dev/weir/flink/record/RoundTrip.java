package dev.weir.flink.record;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Serializes and deserializes. The meaning of every other copy between subtasks. Failures of the serializer come out as
 * they are, an {@link IOException} inside an {@link UncheckedIOException} of the same message, as Flink's record
 * writer has it.
 */
final class RoundTrip implements UnaryOperator<@Nullable Object> {
    private static final int INITIAL_BYTES = 128;
    /** Above this the buffer is let go after the record, so that one huge record does not stay paid for. */
    private static final int KEPT_BYTES_MAX = 1 << 20;

    private static final String ADVICE = "This indicates broken serialization. If you are using custom serialization "
            + "types (Value or Writable), check their serialization methods. If you are using a Kryo-serialized "
            + "type, check the corresponding Kryo serializer.";

    private final TypeSerializer<Object> serializer;
    private final DataInputDeserializer input = new DataInputDeserializer();
    private DataOutputSerializer output = new DataOutputSerializer(INITIAL_BYTES);

    @SuppressWarnings("unchecked")
    RoundTrip(TypeSerializer<?> serializer) {
        this.serializer = (TypeSerializer<Object>) serializer;
    }

    @Override
    public @Nullable Object apply(@Nullable Object value) {
        try {
            return deserialize(serialize(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private int serialize(@Nullable Object value) throws IOException {
        output.clear();
        boolean done = false;
        try {
            serializer.serialize(value, output);
            done = true;
        } finally {
            if (!done) {
                output = new DataOutputSerializer(INITIAL_BYTES);
            }
        }
        return output.length();
    }

    private @Nullable Object deserialize(int length) throws IOException {
        input.setBuffer(output.getSharedBuffer(), 0, length);
        Object copy;
        try {
            copy = serializer.deserialize(input);
        } catch (EOFException | IndexOutOfBoundsException e) {
            throw new IOException("Serializer consumed more bytes than the record had. " + ADVICE, e);
        } finally {
            if (length > KEPT_BYTES_MAX) {
                output = new DataOutputSerializer(INITIAL_BYTES);
            }
        }
        if (input.available() > 0) {
            throw new IOException("Serializer consumed fewer bytes than the record had: consumedBytes="
                    + (length - input.available()) + " < recordBytes=" + length + ". " + ADVICE);
        }
        return copy;
    }
}

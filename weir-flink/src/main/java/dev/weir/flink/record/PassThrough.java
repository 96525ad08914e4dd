package dev.weir.flink.record;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Hands an immutable value on. Values of another class fail as they do in the serializer's bridge method, and so does
 * null where the serializer takes none.
 *
 * @param type class all values have
 * @param nullable whether the serializer takes null
 */
record PassThrough(Class<?> type, boolean nullable) implements UnaryOperator<@Nullable Object> {
    @Override
    public @Nullable Object apply(@Nullable Object value) {
        if (value == null) {
            if (!nullable) {
                throw new NullPointerException("null where a value of " + type.getName() + " is required");
            }
            return null;
        }
        return type.cast(value);
    }
}

package dev.weir.flink.record;

import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** {@code serializer.copy}: the meaning of every other copy between chained operators. */
record SerializerCopy(TypeSerializer<Object> serializer) implements UnaryOperator<@Nullable Object> {
    @Override
    public @Nullable Object apply(@Nullable Object value) {
        return serializer.copy(value);
    }
}

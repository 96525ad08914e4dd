package dev.weir.flink.record;

import java.sql.Timestamp;
import java.util.Date;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** Places where {@code serializer.copy} gives what a round trip gives, under a condition on the value. */
final class Shortcuts {
    private Shortcuts() {}

    /** {@code serializer.copy} for exactly one class, whose subclasses a round trip would turn into something else. */
    record ForExactClass(Class<?> type, TypeSerializer<Object> serializer, Leaf otherwise)
            implements UnaryOperator<@Nullable Object> {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            return value != null && value.getClass() == type ? serializer.copy(value) : otherwise.apply(value);
        }
    }

    /** The value itself for exactly one immutable class that user code may extend. */
    record SameForExactClass(Class<?> type, Leaf otherwise) implements UnaryOperator<@Nullable Object> {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            return value == null || value.getClass() == type ? value : otherwise.apply(value);
        }
    }

    /** {@code java.util.Date} and the SQL dates; the serializers use the smallest long for null. */
    @SuppressWarnings("JavaUtilDate")
    record ForDate(TypeSerializer<Object> serializer) implements UnaryOperator<@Nullable Object> {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            return value instanceof Date date && date.getTime() == Long.MIN_VALUE ? null : serializer.copy(value);
        }
    }

    /**
     * SQL timestamps. For null the serializer writes more bytes than it reads, which changes what follows in the record:
     * then the record as a whole has to make the round trip.
     */
    record ForTimestamp(TypeSerializer<Object> serializer) implements UnaryOperator<@Nullable Object> {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            if (value == null || (value instanceof Timestamp stamp && stamp.getTime() == Long.MIN_VALUE)) {
                throw new IllegalStateException("a null timestamp is not copied by itself");
            }
            return serializer.copy(value);
        }
    }
}

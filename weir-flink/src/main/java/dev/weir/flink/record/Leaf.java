package dev.weir.flink.record;

import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** A part of a record that its serializer copies; the serializer's exceptions are marked as its own. */
record Leaf(UnaryOperator<@Nullable Object> truth) implements UnaryOperator<@Nullable Object> {
    static Leaf of(TypeSerializer<?> serializer, CopyLaw law) {
        return new Leaf(truth(serializer, law));
    }

    /** The copy that defines the law for this serializer. */
    @SuppressWarnings("unchecked")
    static UnaryOperator<@Nullable Object> truth(TypeSerializer<?> serializer, CopyLaw law) {
        return law == CopyLaw.ROUND_TRIP
                ? new RoundTrip(serializer)
                : new SerializerCopy((TypeSerializer<Object>) serializer);
    }

    @Override
    public @Nullable Object apply(@Nullable Object value) {
        try {
            return truth.apply(value);
        } catch (RuntimeException e) {
            throw new LeafFailure(e);
        }
    }
}

package dev.weir.flink.record;

import dev.weir.engine.exchange.Copier;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Copies by the serializer until an edge has proved worth generating code for, then by generated code. When that throws,
 * the serializer is asked, so that failures are Flink's own.
 */
final class TieredCopier<T> implements Copier<T> {
    private final TypeSerializer<T> serializer;
    private final UnaryOperator<@Nullable Object> truth;
    private final CopyLaw law;
    private int recordsUntilGenerated;
    private @Nullable UnaryOperator<@Nullable Object> generated;

    TieredCopier(TypeSerializer<T> serializer, CopyLaw law, int recordsUntilGenerated) {
        this.serializer = serializer;
        this.truth = Leaf.truth(serializer, law);
        this.law = law;
        this.recordsUntilGenerated = recordsUntilGenerated;
    }

    @Override
    public T copy(T value) {
        UnaryOperator<@Nullable Object> current = generated;
        if (current == null) {
            if (recordsUntilGenerated > 0) {
                recordsUntilGenerated--;
                return own(truth.apply(value));
            }
            current = generate();
        }
        if (current == truth) {
            return own(truth.apply(value));
        }
        try {
            return own(current.apply(value));
        } catch (LinkageError e) {
            generated = truth; // a class the generated code cannot name after all
            return own(truth.apply(value));
        } catch (Exception e) {
            return ask(value, e);
        }
    }

    private UnaryOperator<@Nullable Object> generate() {
        UnaryOperator<@Nullable Object> made = new CopyBuilder(law).build(serializer);
        generated = made instanceof Leaf ? truth : made;
        return generated;
    }

    private T ask(T value, Exception failure) {
        Object copy = truth.apply(value);
        if (failure instanceof LeafFailure leaf) {
            // It failed and then did not: the job has to see the failure, as it would have.
            throw leaf.failure();
        }
        return own(copy);
    }

    /** A record may be null where its serializer takes null. */
    @SuppressWarnings({"unchecked", "NullAway"})
    private T own(@Nullable Object copy) {
        return (T) copy;
    }
}

package dev.weir.flink.record;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.flink.types.Either;
import org.apache.flink.util.CollectionUtil;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the containers Flink's own serializers know. Records, because the JIT treats a record's fields as
 * constants: reached from a generated class, the calls for the elements are then direct and inlined.
 */
final class Containers {
    private Containers() {}

    /** Into an {@link ArrayList}, whatever the list was. */
    record OfList(UnaryOperator<@Nullable Object> element, CopyLaw law) implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            List<?> from = (List<?>) present(value);
            int size = from.size();
            ArrayList<@Nullable Object> to = new ArrayList<>(law == CopyLaw.ROUND_TRIP ? size + 1 : size);
            for (Object item : from) {
                to.add(element.apply(item));
            }
            return to;
        }
    }

    /** Into a {@link HashMap} of the capacity Flink gives it, so that the order of iteration is Flink's too. */
    record OfMap(UnaryOperator<@Nullable Object> key, UnaryOperator<@Nullable Object> val)
            implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            Map<?, ?> from = (Map<?, ?>) present(value);
            HashMap<@Nullable Object, @Nullable Object> to = CollectionUtil.newHashMapWithExpectedSize(from.size());
            for (Map.Entry<?, ?> entry : from.entrySet()) {
                Object item = entry.getValue();
                to.put(key.apply(entry.getKey()), item == null ? null : val.apply(item));
            }
            return to;
        }
    }

    /** Into a {@link HashSet}. */
    record OfSet(UnaryOperator<@Nullable Object> element) implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            Set<?> from = (Set<?>) present(value);
            // The capacity Flink gives it, which is not the one that avoids a resize: it sets the order of iteration.
            HashSet<@Nullable Object> to = new HashSet<>(from.size());
            for (Object item : from) {
                to.add(item == null ? null : element.apply(item));
            }
            return to;
        }
    }

    /** Into an array of the serializer's component class, whatever the array's own was. */
    record OfArray(Class<?> componentClass, UnaryOperator<@Nullable Object> element)
            implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            @Nullable Object[] from = (@Nullable Object[]) present(value);
            @Nullable Object[] to = (@Nullable Object[]) Array.newInstance(componentClass, from.length);
            if (element instanceof PassThrough pass && pass.type() == componentClass) {
                System.arraycopy(from, 0, to, 0, from.length);
                return to;
            }
            for (int i = 0; i < to.length; i++) {
                Object item = from[i];
                if (item != null) {
                    to[i] = element.apply(item);
                }
            }
            return to;
        }
    }

    /** An array of values that are not copied, keeping the array's own class. */
    record SameElements() implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            @Nullable Object[] from = (@Nullable Object[]) present(value);
            return Arrays.copyOf(from, from.length);
        }
    }

    /** Left or right. */
    record OfEither(UnaryOperator<@Nullable Object> left, UnaryOperator<@Nullable Object> right)
            implements UnaryOperator<@Nullable Object> {
        @Override
        public Object apply(@Nullable Object value) {
            Either<?, ?> from = (Either<?, ?>) present(value);
            return from.isLeft() ? Either.Left(left.apply(from.left())) : Either.Right(right.apply(from.right()));
        }
    }

    /** Null, or a value the wrapped serializer takes. */
    record OrNull(UnaryOperator<@Nullable Object> present) implements UnaryOperator<@Nullable Object> {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            return value == null ? null : present.apply(value);
        }
    }

    private static Object present(@Nullable Object value) {
        if (value == null) {
            throw new NullPointerException("null where a container is required");
        }
        return value;
    }
}

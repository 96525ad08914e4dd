package dev.weir.flink.record;

import dev.weir.engine.exchange.Copier;
import dev.weir.flink.twin.Templates;
import java.lang.invoke.MethodHandles;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.RowSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.util.TemporaryClassLoaderContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes copiers from Flink's serializers. Any thread may call; a copier itself belongs to one subtask and one edge, and
 * holds a duplicate of the serializer. Copiers do not block. They fail as the serializer fails, with its own exception
 * (an {@link java.io.IOException} inside an {@link java.io.UncheckedIOException} of the same message).
 */
public final class Copiers {
    /** Fewer records than this are not worth the time and memory of a generated class. */
    private static final int RECORDS_UNTIL_GENERATED = 512;

    private static final Templates NO_COPIES = new Templates(false);

    private Copiers() {}

    /**
     * For an edge between subtasks: {@code copy(x)} equals {@code deserialize(serialize(x))}. Immutable values are handed
     * on as they are.
     *
     * @param userLoader where the serializer looks up classes by name
     */
    public static <T> Copier<T> forSerializer(TypeSerializer<T> serializer, ClassLoader userLoader) {
        return make(serializer, userLoader, CopyLaw.ROUND_TRIP, RECORDS_UNTIL_GENERATED);
    }

    /**
     * For two operators of one chain with object reuse off: {@code copy(x)} equals {@code serializer.copy(x)}.
     *
     * @param userLoader where the serializer looks up classes by name
     */
    public static <T> Copier<T> forChaining(TypeSerializer<T> serializer, ClassLoader userLoader) {
        return make(serializer, userLoader, CopyLaw.SERIALIZER_COPY, RECORDS_UNTIL_GENERATED);
    }

    /** As {@link #forSerializer(TypeSerializer, ClassLoader)}, from a template's copy of its own. */
    public static <T> Copier<T> forSerializer(
            TypeSerializer<T> serializer, ClassLoader userLoader, Templates templates, String place) {
        return make(serializer, userLoader, CopyLaw.ROUND_TRIP, RECORDS_UNTIL_GENERATED, templates, place);
    }

    /** As {@link #forChaining(TypeSerializer, ClassLoader)}, from a template's copy of its own. */
    public static <T> Copier<T> forChaining(
            TypeSerializer<T> serializer, ClassLoader userLoader, Templates templates, String place) {
        return make(serializer, userLoader, CopyLaw.SERIALIZER_COPY, RECORDS_UNTIL_GENERATED, templates, place);
    }

    /** How records of this serializer's type go as rows; null where they go as objects. One for all edges of a place. */
    public static @Nullable RowCopier rows(TypeSerializer<?> serializer, Templates templates, String place) {
        return templates.shared(place, () -> RowClass.of(serializer));
    }

    /** Whether every value of this serializer's type is handed on as it is, so that sender and receiver may share it. */
    public static boolean isImmutable(TypeSerializer<?> serializer) {
        if (serializer.getClass() == NullableSerializer.class) {
            return isImmutable(SerializerParts.nonNull((NullableSerializer<?>) serializer));
        }
        return Immutables.passThrough(serializer, CopyLaw.ROUND_TRIP) != null;
    }

    /** Whether generated code copies, so that it takes much less than bytes would. */
    public static boolean isGenerated(TypeSerializer<?> serializer) {
        Class<?> type = serializer.getClass();
        return type == TupleSerializer.class || type == PojoSerializer.class || type == RowSerializer.class;
    }

    static <T> Copier<T> make(
            TypeSerializer<T> serializer, ClassLoader userLoader, CopyLaw law, int recordsUntilGenerated) {
        return make(serializer, userLoader, law, recordsUntilGenerated, NO_COPIES, "");
    }

    @SuppressWarnings("unchecked") // a copied class is raw
    private static <T> Copier<T> make(
            TypeSerializer<T> serializer,
            ClassLoader userLoader,
            CopyLaw law,
            int recordsUntilGenerated,
            Templates templates,
            String place) {
        PassThrough pass = Immutables.passThrough(serializer, law);
        if (pass != null) {
            return new HandOn<>(pass, serializer.duplicate(), law);
        }
        TypeSerializer<T> own;
        try (TemporaryClassLoaderContext ignored = TemporaryClassLoaderContext.of(userLoader)) {
            own = serializer.duplicate();
        }
        return templates.make(MethodHandles.lookup(), TieredCopier.class, place, own, law, recordsUntilGenerated);
    }

    /** A copier of immutable values; what is none of them gets the serializer's own answer. */
    private record HandOn<T>(PassThrough pass, TypeSerializer<T> serializer, CopyLaw law) implements Copier<T> {
        @Override
        @SuppressWarnings({"unchecked", "NullAway"}) // a record may be null where its serializer takes null
        public T copy(T value) {
            try {
                return (T) pass.apply(value);
            } catch (ClassCastException | NullPointerException e) {
                return (T) Leaf.truth(serializer, law).apply(value);
            }
        }
    }
}

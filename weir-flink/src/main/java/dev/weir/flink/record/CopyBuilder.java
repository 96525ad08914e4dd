package dev.weir.flink.record;

import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.*;
import org.apache.flink.api.common.typeutils.base.array.*;
import org.apache.flink.api.java.typeutils.runtime.*;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Builds the copy of a type from its serializer. Serializers are recognised by their exact class; every other one is
 * asked to copy for itself. Used by one thread; builds on when a new subclass of a POJO comes along.
 */
final class CopyBuilder {
    /** Bounds what a type that nests new subclasses in each other without end can make us generate. */
    private static final int CLASSES_MAX = 64;

    private static final Set<Class<?>> ARRAYS = Set.of(
            BooleanPrimitiveArraySerializer.class,
            BytePrimitiveArraySerializer.class,
            ShortPrimitiveArraySerializer.class,
            IntPrimitiveArraySerializer.class,
            LongPrimitiveArraySerializer.class,
            FloatPrimitiveArraySerializer.class,
            DoublePrimitiveArraySerializer.class,
            CharPrimitiveArraySerializer.class,
            StringArraySerializer.class);

    private static final Set<Class<?>> VALUES = Set.of(
            BooleanValueSerializer.class,
            ByteValueSerializer.class,
            ShortValueSerializer.class,
            IntValueSerializer.class,
            LongValueSerializer.class,
            FloatValueSerializer.class,
            DoubleValueSerializer.class,
            CharValueSerializer.class,
            StringValueSerializer.class);

    private static final Set<Class<?>> DATES =
            Set.of(DateSerializer.class, SqlDateSerializer.class, SqlTimeSerializer.class);

    private final CopyLaw law;
    private int classesLeft = CLASSES_MAX;

    CopyBuilder(CopyLaw law) {
        this.law = law;
    }

    CopyLaw law() {
        return law;
    }

    /** The copy of this serializer's type. Does not fail: what is not understood is left to the serializer. */
    UnaryOperator<@Nullable Object> build(TypeSerializer<?> serializer) {
        try {
            UnaryOperator<@Nullable Object> known = known(serializer);
            return known == null ? Leaf.of(serializer, law) : known;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // A class that may not be entered, or another Flink version: slower, never wrong.
            return Leaf.of(serializer, law);
        }
    }

    private @Nullable UnaryOperator<@Nullable Object> known(TypeSerializer<?> serializer)
            throws ReflectiveOperationException {
        PassThrough pass = Immutables.passThrough(serializer, law);
        if (pass != null) {
            return pass;
        }
        UnaryOperator<@Nullable Object> generated = generated(serializer);
        if (generated != null) {
            return generated;
        }
        UnaryOperator<@Nullable Object> container = container(serializer);
        if (container != null || law == CopyLaw.SERIALIZER_COPY) {
            return container;
        }
        return shortcut(serializer);
    }

    private @Nullable UnaryOperator<@Nullable Object> generated(TypeSerializer<?> serializer)
            throws ReflectiveOperationException {
        Class<?> type = serializer.getClass();
        if (type != TupleSerializer.class && type != PojoSerializer.class && type != RowSerializer.class) {
            return null;
        }
        if (classesLeft == 0) {
            return null;
        }
        classesLeft--;
        CompositeCopies composites = new CompositeCopies(this);
        if (serializer instanceof TupleSerializer<?> tuple) {
            return composites.ofTuple(tuple);
        }
        return serializer instanceof RowSerializer row
                ? composites.ofRow(row)
                : composites.ofPojo((PojoSerializer<?>) serializer);
    }

    private @Nullable UnaryOperator<@Nullable Object> container(TypeSerializer<?> serializer) {
        Class<?> type = serializer.getClass();
        if (type == ListSerializer.class) {
            return new Containers.OfList(build(((ListSerializer<?>) serializer).getElementSerializer()), law);
        }
        if (type == MapSerializer.class) {
            MapSerializer<?, ?> map = (MapSerializer<?, ?>) serializer;
            return new Containers.OfMap(build(map.getKeySerializer()), build(map.getValueSerializer()));
        }
        if (type == SetSerializer.class) {
            return new Containers.OfSet(build(((SetSerializer<?>) serializer).getElementSerializer()));
        }
        if (type == GenericArraySerializer.class) {
            GenericArraySerializer<?> array = (GenericArraySerializer<?>) serializer;
            TypeSerializer<?> component = array.getComponentSerializer();
            return law == CopyLaw.SERIALIZER_COPY && component.isImmutableType()
                    ? new Containers.SameElements()
                    : new Containers.OfArray(array.getComponentClass(), build(component));
        }
        if (type == EitherSerializer.class) {
            EitherSerializer<?, ?> either = (EitherSerializer<?, ?>) serializer;
            return new Containers.OfEither(build(either.getLeftSerializer()), build(either.getRightSerializer()));
        }
        if (type == NullableSerializer.class) {
            return new Containers.OrNull(build(SerializerParts.nonNull((NullableSerializer<?>) serializer)));
        }
        return null;
    }

    private @Nullable UnaryOperator<@Nullable Object> shortcut(TypeSerializer<?> serializer) {
        Class<?> type = serializer.getClass();
        if (ARRAYS.contains(type)) {
            return new SerializerCopy(untyped(serializer));
        }
        if (DATES.contains(type)) {
            return new Shortcuts.ForDate(untyped(serializer));
        }
        if (type == SqlTimestampSerializer.class) {
            return new Shortcuts.ForTimestamp(untyped(serializer));
        }
        if (VALUES.contains(type)) {
            Class<?> exact = untyped(serializer).createInstance().getClass();
            return new Shortcuts.ForExactClass(exact, untyped(serializer), Leaf.of(serializer, law));
        }
        if (type == BigDecSerializer.class || type == BigIntSerializer.class) {
            Class<?> exact = untyped(serializer).createInstance().getClass();
            return new Shortcuts.SameForExactClass(exact, Leaf.of(serializer, law));
        }
        if (type == KryoSerializer.class) {
            return new KryoCopy((KryoSerializer<?>) serializer, Leaf.of(serializer, law));
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private static TypeSerializer<Object> untyped(TypeSerializer<?> serializer) {
        return (TypeSerializer<Object>) serializer;
    }
}

package dev.weir.flink.record;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.RowSerializer;
import org.jspecify.annotations.Nullable;

/**
 * What Flink's serializers know of their types and keep to themselves, read by reflection when a copier is built. If a
 * part is not where this Flink version has it, an {@link IllegalStateException} says so and the caller leaves the type
 * to its serializer.
 */
final class SerializerParts {
    private SerializerParts() {}

    /**
     * A POJO or Java record.
     *
     * @param fields in the serializer's order; an entry is null where the class has lost a field the serializer knows
     * @param loader where names of unregistered subclasses are looked up
     */
    record Pojo(
            Class<?> type,
            @Nullable Field[] fields,
            TypeSerializer<?>[] fieldSerializers,
            Map<Class<?>, Integer> registeredTags,
            TypeSerializer<?>[] registeredSerializers,
            ClassLoader loader) {

        static Pojo of(PojoSerializer<?> serializer) {
            return new Pojo(
                    part(serializer, "clazz", Class.class),
                    part(serializer, "fields", Field[].class),
                    part(serializer, "fieldSerializers", TypeSerializer[].class),
                    registeredTags(serializer),
                    part(serializer, "registeredSerializers", TypeSerializer[].class),
                    part(serializer, "cl", ClassLoader.class));
        }

        @SuppressWarnings("unchecked")
        private static Map<Class<?>, Integer> registeredTags(PojoSerializer<?> serializer) {
            return (Map<Class<?>, Integer>) part(serializer, "registeredClasses", Map.class);
        }
    }

    /** A row; {@code positionByName} is null for rows without names. */
    record OfRow(
            TypeSerializer<?>[] fieldSerializers,
            @Nullable LinkedHashMap<?, ?> positionByName,
            boolean supportsRowKind) {

        static OfRow of(RowSerializer serializer) {
            return new OfRow(
                    part(serializer, "fieldSerializers", TypeSerializer[].class),
                    (LinkedHashMap<?, ?>) read(serializer, "positionByName"),
                    part(serializer, "supportsRowKind", Boolean.class));
        }
    }

    /** The serializer the POJO's serializer has for a subclass that is not registered; makes it if need be. */
    static TypeSerializer<?> subclassSerializer(PojoSerializer<?> serializer, Class<?> subclass) {
        try {
            Method method = PojoSerializer.class.getDeclaredMethod("getSubclassSerializer", Class.class);
            method.setAccessible(true);
            return (TypeSerializer<?>) method.invoke(serializer, subclass);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no serializer for subclass " + subclass.getName(), e);
        }
    }

    static TypeSerializer<?> nonNull(NullableSerializer<?> serializer) {
        return part(serializer, "originalSerializer", TypeSerializer.class);
    }

    /** The enum, or null if the serializer, restored from an older version of the enum, lacks some constant. */
    static @Nullable Class<?> enumClass(EnumSerializer<?> serializer) {
        Class<?> type = part(serializer, "enumClass", Class.class);
        Object[] known = part(serializer, "values", Object[].class);
        return Arrays.asList(known).containsAll(Arrays.asList(type.getEnumConstants())) ? type : null;
    }

    private static <P> P part(TypeSerializer<?> serializer, String name, Class<P> type) {
        Object value = read(serializer, name);
        if (value == null) {
            throw missing(serializer, name, null);
        }
        return type.cast(value);
    }

    private static @Nullable Object read(TypeSerializer<?> serializer, String name) {
        try {
            Field field = serializer.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(serializer);
        } catch (ReflectiveOperationException e) {
            throw missing(serializer, name, e);
        }
    }

    private static IllegalStateException missing(TypeSerializer<?> serializer, String name, @Nullable Exception cause) {
        return new IllegalStateException(serializer.getClass().getName() + " has no part '" + name + "'", cause);
    }
}

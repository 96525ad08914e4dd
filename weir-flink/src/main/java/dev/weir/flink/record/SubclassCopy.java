package dev.weir.flink.record;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.jspecify.annotations.Nullable;

/** Copies instances of subclasses of a POJO class, each by the serializer Flink has for it. */
final class SubclassCopy implements UnaryOperator<@Nullable Object> {
    /** The serializer writes tags as signed bytes. */
    private static final int TAGS_MAX = 128;

    private final PojoSerializer<?> serializer;
    private final SerializerParts.Pojo parts;
    private final CopyBuilder builder;
    private final Map<Class<?>, UnaryOperator<@Nullable Object>> copies = new HashMap<>();

    SubclassCopy(PojoSerializer<?> serializer, SerializerParts.Pojo parts, CopyBuilder builder) {
        this.serializer = serializer;
        this.parts = parts;
        this.builder = builder;
    }

    @Override
    public @Nullable Object apply(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        Class<?> type = value.getClass();
        UnaryOperator<@Nullable Object> copy = copies.get(type);
        if (copy == null) {
            copy = make(type);
            copies.put(type, copy);
        }
        return copy.apply(value);
    }

    private UnaryOperator<@Nullable Object> make(Class<?> type) {
        if (type == parts.type() || !parts.type().isAssignableFrom(type)) {
            return Leaf.of(serializer, builder.law());
        }
        if (builder.law() == CopyLaw.SERIALIZER_COPY) {
            return builder.build(SerializerParts.subclassSerializer(serializer, type));
        }
        Integer tag = parts.registeredTags().get(type);
        if (tag != null) {
            return tag < TAGS_MAX
                    ? builder.build(parts.registeredSerializers()[tag])
                    : Leaf.of(serializer, builder.law());
        }
        return isFoundByName(type) ? builder.build(subclassSerializer(type)) : Leaf.of(serializer, builder.law());
    }

    private TypeSerializer<?> subclassSerializer(Class<?> type) {
        return SerializerParts.subclassSerializer(serializer, type);
    }

    /** The receiver of the bytes looks the class up by name; it has to find this one. */
    private boolean isFoundByName(Class<?> type) {
        try {
            return Class.forName(type.getName(), false, parts.loader()) == type;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}

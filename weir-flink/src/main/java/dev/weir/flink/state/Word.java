package dev.weir.flink.state;

import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.api.common.typeutils.base.CharSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.FloatSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.ShortSerializer;
import org.jspecify.annotations.Nullable;

/** The boxed types that a long has room for, bit for bit. */
enum Word {
    LONG(Long.class),
    INTEGER(Integer.class),
    SHORT(Short.class),
    BYTE(Byte.class),
    BOOLEAN(Boolean.class),
    CHARACTER(Character.class),
    DOUBLE(Double.class),
    FLOAT(Float.class);

    private static final Map<Class<?>, Word> BY_SERIALIZER = Map.of(
            LongSerializer.class, LONG,
            IntSerializer.class, INTEGER,
            ShortSerializer.class, SHORT,
            ByteSerializer.class, BYTE,
            BooleanSerializer.class, BOOLEAN,
            CharSerializer.class, CHARACTER,
            DoubleSerializer.class, DOUBLE,
            FloatSerializer.class, FLOAT);

    private final Class<?> type;

    Word(Class<?> type) {
        this.type = type;
    }

    /** The word of a type; null where the serializer is not exactly that of one of them. */
    static @Nullable Word of(TypeSerializer<?> serializer) {
        return BY_SERIALIZER.get(serializer.getClass());
    }

    boolean fits(@Nullable Object value) {
        return value != null && value.getClass() == type;
    }

    long toLong(Object value) {
        return switch (this) {
            case LONG -> (Long) value;
            case INTEGER -> (Integer) value;
            case SHORT -> (Short) value;
            case BYTE -> (Byte) value;
            case BOOLEAN -> (Boolean) value ? 1 : 0;
            case CHARACTER -> (Character) value;
            case DOUBLE -> Double.doubleToRawLongBits((Double) value);
            case FLOAT -> Float.floatToRawIntBits((Float) value);
        };
    }

    Object fromLong(long word) {
        return switch (this) {
            case LONG -> word;
            case INTEGER -> (int) word;
            case SHORT -> (short) word;
            case BYTE -> (byte) word;
            case BOOLEAN -> word != 0;
            case CHARACTER -> (char) word;
            case DOUBLE -> Double.longBitsToDouble(word);
            case FLOAT -> Float.intBitsToFloat((int) word);
        };
    }
}

package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodType;
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
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/** The types of fields that rows have, and the code that makes words of them and back. */
enum RowField {
    LONG(Long.class, "J", "longValue", NOP, NOP, NOP),
    INTEGER(Integer.class, "I", "intValue", I2L, L2I, NOP),
    SHORT(Short.class, "S", "shortValue", I2L, L2I, I2S),
    BYTE(Byte.class, "B", "byteValue", I2L, L2I, I2B),
    CHARACTER(Character.class, "C", "charValue", I2L, L2I, I2C),
    BOOLEAN(Boolean.class, "Z", "booleanValue", I2L, L2I, NOP),
    DOUBLE(Double.class, "D", "doubleValue", NOP, NOP, NOP),
    FLOAT(Float.class, "F", "floatValue", I2L, L2I, NOP),
    /** The part; strings are immutable, and may be null. */
    STRING(String.class, "", "", NOP, NOP, NOP);

    private static final Map<Class<?>, RowField> BY_SERIALIZER = Map.of(
            LongSerializer.class, LONG,
            IntSerializer.class, INTEGER,
            ShortSerializer.class, SHORT,
            ByteSerializer.class, BYTE,
            CharSerializer.class, CHARACTER,
            BooleanSerializer.class, BOOLEAN,
            DoubleSerializer.class, DOUBLE,
            FloatSerializer.class, FLOAT,
            StringSerializer.class, STRING);

    final Class<?> type;
    private final String primitive;
    private final String unbox;
    private final int widen;
    private final int toInt;
    private final int narrow;

    RowField(Class<?> type, String primitive, String unbox, int widen, int toInt, int narrow) {
        this.type = type;
        this.primitive = primitive;
        this.unbox = unbox;
        this.widen = widen;
        this.toInt = toInt;
        this.narrow = narrow;
    }

    /** Null where the serializer is not exactly that of one of the types. */
    static @Nullable RowField of(TypeSerializer<?> serializer) {
        return BY_SERIALIZER.get(serializer.getClass());
    }

    boolean isWord() {
        return this != STRING;
    }

    /** The primitive type; the type itself for strings. */
    Class<?> primitiveType() {
        return MethodType.methodType(type).unwrap().returnType();
    }

    /** Replaces the object on the stack, which is of the type, by a primitive. */
    void unbox(MethodVisitor code) {
        String name = Type.getInternalName(type);
        code.visitTypeInsn(CHECKCAST, name);
        code.visitMethodInsn(INVOKEVIRTUAL, name, unbox, "()" + primitive, false);
    }

    /** Replaces the primitive on the stack by a word. */
    void toWord(MethodVisitor code) {
        String name = Type.getInternalName(type);
        if (this == DOUBLE) {
            // as DataOutput writes it: one pattern for all that is not a number
            code.visitMethodInsn(INVOKESTATIC, name, "doubleToLongBits", "(D)J", false);
        } else if (this == FLOAT) {
            code.visitMethodInsn(INVOKESTATIC, name, "floatToIntBits", "(F)I", false);
        }
        code.visitInsn(widen);
    }

    /** Replaces the word on the stack by a primitive. */
    void fromWord(MethodVisitor code) {
        String name = Type.getInternalName(type);
        code.visitInsn(toInt);
        code.visitInsn(narrow);
        if (this == DOUBLE) {
            code.visitMethodInsn(INVOKESTATIC, name, "longBitsToDouble", "(J)D", false);
        } else if (this == FLOAT) {
            code.visitMethodInsn(INVOKESTATIC, name, "intBitsToFloat", "(I)F", false);
        }
    }

    /** Replaces the primitive on the stack by an object. */
    void box(MethodVisitor code) {
        String name = Type.getInternalName(type);
        code.visitMethodInsn(INVOKESTATIC, name, "valueOf", "(" + primitive + ")L" + name + ";", false);
    }
}

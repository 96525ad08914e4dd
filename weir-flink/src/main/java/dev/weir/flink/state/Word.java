package dev.weir.flink.state;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

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
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/** The boxed types that a long has room for, bit for bit, and the code that turns one into the other. */
enum Word {
    LONG(Long.class, long.class),
    INTEGER(Integer.class, int.class),
    SHORT(Short.class, short.class),
    BYTE(Byte.class, byte.class),
    BOOLEAN(Boolean.class, boolean.class),
    CHARACTER(Character.class, char.class),
    DOUBLE(Double.class, double.class),
    FLOAT(Float.class, float.class);

    private static final Map<Class<?>, Word> BY_SERIALIZER = Map.of(
            LongSerializer.class, LONG,
            IntSerializer.class, INTEGER,
            ShortSerializer.class, SHORT,
            ByteSerializer.class, BYTE,
            BooleanSerializer.class, BOOLEAN,
            CharSerializer.class, CHARACTER,
            DoubleSerializer.class, DOUBLE,
            FloatSerializer.class, FLOAT);

    /** The class of the boxed type, as the JVM names it. */
    final String box;

    private final String primitive;
    private final String descriptor;

    Word(Class<?> boxed, Class<?> unboxed) {
        this.box = Type.getInternalName(boxed);
        this.primitive = unboxed.getName();
        this.descriptor = Type.getDescriptor(unboxed);
    }

    /** The word of a type; null where the serializer is not exactly that of one of them. */
    static @Nullable Word of(TypeSerializer<?> serializer) {
        return BY_SERIALIZER.get(serializer.getClass());
    }

    /** Turns an object on the stack, known to be of the type, into a long. */
    void unbox(MethodVisitor code) {
        code.visitTypeInsn(CHECKCAST, box);
        code.visitMethodInsn(INVOKEVIRTUAL, box, primitive + "Value", "()" + descriptor, false);
        switch (this) {
            case LONG -> {}
            case DOUBLE -> code.visitMethodInsn(INVOKESTATIC, box, "doubleToRawLongBits", "(D)J", false);
            case FLOAT -> {
                code.visitMethodInsn(INVOKESTATIC, box, "floatToRawIntBits", "(F)I", false);
                code.visitInsn(I2L);
            }
            default -> code.visitInsn(I2L);
        }
    }

    /** Turns a long on the stack into an object. */
    void box(MethodVisitor code) {
        switch (this) {
            case LONG -> {}
            case DOUBLE -> code.visitMethodInsn(INVOKESTATIC, box, "longBitsToDouble", "(J)D", false);
            case FLOAT -> {
                code.visitInsn(L2I);
                code.visitMethodInsn(INVOKESTATIC, box, "intBitsToFloat", "(I)F", false);
            }
            default -> code.visitInsn(L2I);
        }
        switch (this) {
            case SHORT -> code.visitInsn(I2S);
            case BYTE -> code.visitInsn(I2B);
            case CHARACTER -> code.visitInsn(I2C);
            default -> {}
        }
        code.visitMethodInsn(INVOKESTATIC, box, "valueOf", "(" + descriptor + ")L" + box + ";", false);
    }
}

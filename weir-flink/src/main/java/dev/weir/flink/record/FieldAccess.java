package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * How generated code reads and writes a field: by the field instructions where its class may, else (private in a
 * superclass, final, of a type it cannot name) by method handles, constants that the JIT sees through.
 */
final class FieldAccess {
    private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);

    private final Field field;
    private final Class<?> type;
    private final @Nullable MethodHandle getter;
    private final @Nullable MethodHandle setter;

    private FieldAccess(Field field, Class<?> type, @Nullable MethodHandle getter, @Nullable MethodHandle setter) {
        this.field = field;
        this.type = type;
        this.getter = getter;
        this.setter = setter;
    }

    static FieldAccess of(Lookup host, Field field) throws IllegalAccessException {
        boolean isRecord = field.getDeclaringClass().isRecord();
        if (isReachable(host.lookupClass(), field) && (isRecord || !Modifier.isFinal(field.getModifiers()))) {
            return new FieldAccess(field, field.getType(), null, null);
        }
        field.setAccessible(true);
        Class<?> type = field.getType().isPrimitive() ? field.getType() : Object.class;
        MethodHandle getter = host.unreflectGetter(field).asType(GETTER.changeReturnType(type));
        MethodHandle setter = isRecord
                ? null
                : host.unreflectSetter(field).asType(MethodType.methodType(void.class, Object.class, type));
        return new FieldAccess(field, type, getter, setter);
    }

    /** Whether a nest mate of {@code host} can name the field and its type, and means the same classes by them. */
    private static boolean isReachable(Class<?> host, Field field) {
        Class<?> owner = field.getDeclaringClass();
        boolean ownerReachable = owner == host
                || (isNeighbour(host, owner)
                        && (!Modifier.isPrivate(field.getModifiers()) || owner.isNestmateOf(host)));
        if (!ownerReachable) {
            return false;
        }
        Class<?> type = field.getType();
        while (type.isArray()) {
            type = type.getComponentType();
        }
        return type.isPrimitive() || isNeighbour(host, type) || isPublic(type);
    }

    private static boolean isNeighbour(Class<?> host, Class<?> other) {
        return other.getClassLoader() == host.getClassLoader()
                && other.getPackageName().equals(host.getPackageName());
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers());
    }

    /** The static type generated code sees: the field's, or Object behind a method handle. */
    Class<?> type() {
        return type;
    }

    /** Pushes what has to lie below the new value. */
    void beforeSet(CopyClass made) {
        if (setter != null) {
            made.pushConstant(MethodHandle.class, setter);
        }
        made.code.visitVarInsn(ALOAD, CopyClass.TO);
    }

    /** Pushes the field of the original. */
    void get(CopyClass made) {
        if (getter != null) {
            made.pushConstant(MethodHandle.class, getter);
            made.code.visitVarInsn(ALOAD, CopyClass.FROM);
            invoke(made, MethodType.methodType(type, Object.class));
        } else {
            made.code.visitVarInsn(ALOAD, CopyClass.FROM);
            made.code.visitFieldInsn(GETFIELD, owner(), field.getName(), Type.getDescriptor(type));
        }
    }

    /** Writes the value on the stack into the copy. */
    void set(CopyClass made) {
        if (setter != null) {
            invoke(made, MethodType.methodType(void.class, Object.class, type));
        } else {
            made.code.visitFieldInsn(PUTFIELD, owner(), field.getName(), Type.getDescriptor(type));
        }
    }

    private String owner() {
        return Type.getInternalName(field.getDeclaringClass());
    }

    private static void invoke(CopyClass made, MethodType type) {
        made.code.visitMethodInsn(
                INVOKEVIRTUAL,
                Type.getInternalName(MethodHandle.class),
                "invokeExact",
                type.toMethodDescriptorString(),
                false);
    }
}

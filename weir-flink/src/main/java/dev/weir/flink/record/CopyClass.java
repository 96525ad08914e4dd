package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassWriter;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ConstantDynamic;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Handle;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Label;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * One generated class: a hidden {@link UnaryOperator} in the nest of the class it copies. The copies of the parts are
 * constants of the class, so the JIT binds and inlines the calls to them. They lie in static final fields, filled from
 * the class data when the class is initialized: a method with a dynamic constant of its own that is still unresolved,
 * on a path not taken yet, is left uncompiled by JDK 17. The class names JDK types and types its host names, nothing of
 * ours: the host's loader need not see us.
 */
final class CopyClass {
    /** Local variables of the generated method. */
    static final int VALUE = 1;

    static final int FROM = 2;
    static final int TO = 3;
    static final int FIRST_FREE = 4;

    private static final String OPERATOR = Type.getInternalName(UnaryOperator.class);
    private static final String OBJECT = "java/lang/Object";
    private static final String APPLY = "(Ljava/lang/Object;)Ljava/lang/Object;";
    private static final Handle CLASS_DATA_AT = new Handle(
            H_INVOKESTATIC,
            "java/lang/invoke/MethodHandles",
            "classDataAt",
            "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/Class;I)Ljava/lang/Object;",
            false);

    private final Lookup host;
    private final ClassWriter writer;
    private final String name;
    private final List<Object> constants = new ArrayList<>();
    private final List<Class<?>> constantTypes = new ArrayList<>();

    /** The body of {@code apply}; value in {@link #VALUE}. */
    final MethodVisitor code;

    CopyClass(Lookup host) {
        this.host = host;
        this.writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
            @Override
            protected String getCommonSuperClass(String first, String second) {
                return OBJECT; // loads no class; the code casts after a merge
            }
        };
        String packageName = host.lookupClass().getPackageName().replace('.', '/');
        this.name = (packageName.isEmpty() ? "" : packageName + "/") + "Weir$Copy";
        writer.visit(V17, ACC_FINAL | ACC_SYNTHETIC, name, null, OBJECT, new String[] {OPERATOR});
        MethodVisitor constructor = writer.visitMethod(ACC_PRIVATE, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(ALOAD, 0);
        constructor.visitMethodInsn(INVOKESPECIAL, OBJECT, "<init>", "()V", false);
        constructor.visitInsn(RETURN);
        constructor.visitMaxs(0, 0);
        constructor.visitEnd();
        this.code = writer.visitMethod(ACC_PUBLIC, "apply", APPLY, null, null);
        code.visitCode();
    }

    /** Ends the method and makes the one instance. */
    @SuppressWarnings("unchecked")
    UnaryOperator<@Nullable Object> define() throws ReflectiveOperationException {
        code.visitMaxs(0, 0);
        code.visitEnd();
        declareConstants();
        writer.visitEnd();
        Lookup defined =
                host.defineHiddenClassWithClassData(writer.toByteArray(), constants, true, Lookup.ClassOption.NESTMATE);
        MethodHandle constructor = defined.findConstructor(defined.lookupClass(), MethodType.methodType(void.class));
        try {
            return (UnaryOperator<@Nullable Object>) constructor.invoke();
        } catch (ReflectiveOperationException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "no copy class beside " + host.lookupClass().getName(), e);
        }
    }

    /** Pushes an object known when the class is made. */
    void pushConstant(Class<?> type, Object constant) {
        int index = constants.indexOf(constant);
        if (index < 0) {
            index = constants.size();
            constants.add(constant);
            constantTypes.add(type);
        }
        code.visitFieldInsn(GETSTATIC, name, "c" + index, Type.getDescriptor(type));
    }

    /** Declares the constants and the initializer that fetches them. */
    private void declareConstants() {
        MethodVisitor initializer = writer.visitMethod(ACC_STATIC, "<clinit>", "()V", null, null);
        initializer.visitCode();
        for (int i = 0; i < constants.size(); i++) {
            String descriptor = Type.getDescriptor(constantTypes.get(i));
            writer.visitField(ACC_PRIVATE | ACC_STATIC | ACC_FINAL, "c" + i, descriptor, null, null)
                    .visitEnd();
            initializer.visitLdcInsn(new ConstantDynamic("_", descriptor, CLASS_DATA_AT, i));
            initializer.visitFieldInsn(PUTSTATIC, name, "c" + i, descriptor);
        }
        initializer.visitInsn(RETURN);
        initializer.visitMaxs(0, 0);
        initializer.visitEnd();
    }

    /** Replaces the value on the stack by what the operator makes of it. */
    void apply(UnaryOperator<@Nullable Object> copy) {
        pushConstant(UnaryOperator.class, copy);
        code.visitInsn(SWAP);
        code.visitMethodInsn(INVOKEINTERFACE, OPERATOR, "apply", APPLY, true);
    }

    /** Returns null if the value is null. */
    void returnIfNull() {
        Label present = new Label();
        code.visitVarInsn(ALOAD, VALUE);
        code.visitJumpInsn(IFNONNULL, present);
        code.visitInsn(ACONST_NULL);
        code.visitInsn(ARETURN);
        code.visitLabel(present);
    }

    /** Returns what {@code otherwise} makes of the value unless it is of exactly this class. A null value throws. */
    void returnUnlessExactly(Class<?> type, UnaryOperator<@Nullable Object> otherwise) {
        Label exactly = new Label();
        code.visitVarInsn(ALOAD, VALUE);
        code.visitMethodInsn(INVOKEVIRTUAL, OBJECT, "getClass", "()Ljava/lang/Class;", false);
        code.visitLdcInsn(Type.getType(type));
        code.visitJumpInsn(IF_ACMPEQ, exactly);
        returnAppliedTo(otherwise);
        code.visitLabel(exactly);
    }

    /** Returns what the operator makes of the value. */
    void returnAppliedTo(UnaryOperator<@Nullable Object> copy) {
        code.visitVarInsn(ALOAD, VALUE);
        apply(copy);
        code.visitInsn(ARETURN);
    }

    /**
     * Replaces the part on the stack, of static type {@code type}, by its copy, of the same type.
     *
     * @param nullByItself whether null stays null without asking the part's copy
     */
    void copyPart(Class<?> type, UnaryOperator<@Nullable Object> copy, boolean nullByItself) {
        if (copy instanceof PassThrough pass) {
            if (type.isPrimitive() && MethodType.methodType(type).wrap().returnType() == pass.type()) {
                return;
            }
            if (!type.isPrimitive() && pass.type().getClassLoader() == null) {
                handOn(type, pass, nullByItself);
                return;
            }
        }
        if (type.isPrimitive()) {
            box(type);
            apply(copy);
            unbox(type);
            return;
        }
        if (nullByItself) {
            Label done = new Label();
            code.visitInsn(DUP);
            code.visitJumpInsn(IFNULL, done);
            apply(copy);
            code.visitLabel(done);
        } else {
            apply(copy);
        }
        cast(type);
    }

    private void handOn(Class<?> type, PassThrough pass, boolean nullByItself) {
        if (!pass.type().isAssignableFrom(type)) {
            code.visitTypeInsn(CHECKCAST, Type.getInternalName(pass.type()));
        }
        if (!nullByItself && !pass.nullable()) {
            code.visitInsn(DUP);
            code.visitMethodInsn(
                    INVOKESTATIC,
                    Type.getInternalName(Objects.class),
                    "requireNonNull",
                    "(Ljava/lang/Object;)Ljava/lang/Object;",
                    false);
            code.visitInsn(POP);
        }
        // The verifier forgets that the cast object is still of the part's own class.
        if (!type.isAssignableFrom(pass.type()) && !pass.type().isAssignableFrom(type)) {
            cast(type);
        }
    }

    void cast(Class<?> type) {
        if (type != Object.class) {
            code.visitTypeInsn(CHECKCAST, Type.getInternalName(type));
        }
    }

    private void box(Class<?> type) {
        Class<?> wrapper = MethodType.methodType(type).wrap().returnType();
        code.visitMethodInsn(
                INVOKESTATIC,
                Type.getInternalName(wrapper),
                "valueOf",
                MethodType.methodType(wrapper, type).toMethodDescriptorString(),
                false);
    }

    private void unbox(Class<?> type) {
        Class<?> wrapper = MethodType.methodType(type).wrap().returnType();
        code.visitTypeInsn(CHECKCAST, Type.getInternalName(wrapper));
        code.visitMethodInsn(
                INVOKEVIRTUAL,
                Type.getInternalName(wrapper),
                type.getName() + "Value",
                MethodType.methodType(type).toMethodDescriptorString(),
                false);
    }
}

package dev.weir.flink.state;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import dev.weir.engine.state.FlatValues;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassWriter;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Label;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Generates the class that keeps one type of values as words: a hidden class whose methods are a straight line of loads
 * and stores. The JIT then often sees that a value which is read, changed and written back need not be an object at all.
 */
final class WordsClass {
    private static final String OBJECT = "java/lang/Object";
    private static final String NAME = Type.getInternalName(WordsClass.class) + "$Of";

    // Local variables of the methods.
    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int THIRD = 3;
    private static final int FOURTH = 4;

    private static final String STRING = "java/lang/String";

    private final @Nullable String tuple;
    private final List<Word> words;
    private final int stringAt;
    private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES);

    private WordsClass(@Nullable Class<?> tuple, List<Word> words, int stringAt) {
        this.tuple = tuple == null ? null : Type.getInternalName(tuple);
        this.words = words;
        this.stringAt = stringAt;
    }

    /**
     * An instance of the class for a type.
     *
     * @param tuple the tuple class whose fields are the words; null where there is one word, the value itself
     * @param stringAt the field that is a string, the part; -1 where there is none
     */
    @SuppressWarnings("unchecked")
    static <V> FlatValues<V> make(@Nullable Class<?> tuple, List<Word> words, int stringAt) {
        byte[] code = new WordsClass(tuple, words, stringAt).code();
        try {
            return (FlatValues<V>) MethodHandles.lookup()
                    .defineHiddenClass(code, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot keep " + words + " of " + tuple + " as words", e);
        }
    }

    private byte[] code() {
        String[] interfaces = {Type.getInternalName(FlatValues.class)};
        writer.visit(V17, ACC_FINAL | ACC_SYNTHETIC, NAME, null, OBJECT, interfaces);
        method("<init>", "()V", code -> {
            code.visitVarInsn(ALOAD, 0);
            code.visitMethodInsn(INVOKESPECIAL, OBJECT, "<init>", "()V", false);
            code.visitInsn(RETURN);
        });
        method("words", "()I", code -> {
            code.visitIntInsn(BIPUSH, words.size());
            code.visitInsn(IRETURN);
        });
        method("hasPart", "()Z", code -> {
            code.visitInsn(stringAt < 0 ? ICONST_0 : ICONST_1);
            code.visitInsn(IRETURN);
        });
        method("fits", "(Ljava/lang/Object;)Z", this::fits);
        method("write", "(Ljava/lang/Object;[JI)V", this::write);
        method("part", "(Ljava/lang/Object;)Ljava/lang/Object;", code -> {
            if (stringAt < 0) {
                code.visitInsn(ACONST_NULL);
            } else {
                field(code, stringAt);
            }
            code.visitInsn(ARETURN);
        });
        method("read", "([JILjava/lang/Object;)Ljava/lang/Object;", this::read);
        writer.visitEnd();
        return writer.toByteArray();
    }

    private void method(String name, String descriptor, Consumer<MethodVisitor> body) {
        MethodVisitor code = writer.visitMethod(ACC_PUBLIC, name, descriptor, null, null);
        code.visitCode();
        body.accept(code);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    private void fits(MethodVisitor code) {
        Label misfit = new Label();
        if (tuple != null) {
            code.visitVarInsn(ALOAD, FIRST);
            code.visitMethodInsn(INVOKEVIRTUAL, OBJECT, "getClass", "()Ljava/lang/Class;", false);
            code.visitLdcInsn(Type.getObjectType(tuple));
            code.visitJumpInsn(IF_ACMPNE, misfit);
        }
        for (int i = 0; i < words.size(); i++) {
            word(code, i);
            code.visitTypeInsn(INSTANCEOF, words.get(i).box); // boxed types are final, so exactly that
            code.visitJumpInsn(IFEQ, misfit);
        }
        if (stringAt >= 0) {
            Label fits = new Label();
            field(code, stringAt);
            code.visitJumpInsn(IFNULL, fits); // which Flink's serializer of strings allows
            field(code, stringAt);
            code.visitTypeInsn(INSTANCEOF, STRING);
            code.visitJumpInsn(IFEQ, misfit);
            code.visitLabel(fits);
        }
        code.visitInsn(ICONST_1);
        code.visitInsn(IRETURN);
        code.visitLabel(misfit);
        code.visitInsn(ICONST_0);
        code.visitInsn(IRETURN);
    }

    private void write(MethodVisitor code) {
        for (int i = 0; i < words.size(); i++) {
            place(code, SECOND, THIRD, i);
            word(code, i);
            words.get(i).unbox(code);
            code.visitInsn(LASTORE);
        }
        code.visitInsn(RETURN);
    }

    private void read(MethodVisitor code) {
        if (tuple == null) {
            place(code, FIRST, SECOND, 0);
            code.visitInsn(LALOAD);
            words.get(0).box(code);
            code.visitInsn(ARETURN);
            return;
        }
        code.visitTypeInsn(NEW, tuple);
        code.visitInsn(DUP);
        code.visitMethodInsn(INVOKESPECIAL, tuple, "<init>", "()V", false);
        code.visitVarInsn(ASTORE, FOURTH);
        for (int i = 0; i < words.size(); i++) {
            code.visitVarInsn(ALOAD, FOURTH);
            place(code, FIRST, SECOND, i);
            code.visitInsn(LALOAD);
            words.get(i).box(code);
            code.visitFieldInsn(PUTFIELD, tuple, "f" + fieldOf(i), "Ljava/lang/Object;");
        }
        if (stringAt >= 0) {
            code.visitVarInsn(ALOAD, FOURTH);
            code.visitVarInsn(ALOAD, THIRD);
            code.visitFieldInsn(PUTFIELD, tuple, "f" + stringAt, "Ljava/lang/Object;");
        }
        code.visitVarInsn(ALOAD, FOURTH);
        code.visitInsn(ARETURN);
    }

    /** The tuple's field that a word stands for. */
    private int fieldOf(int word) {
        return stringAt >= 0 && word >= stringAt ? word + 1 : word;
    }

    /** Pushes what a word stands for. */
    private void word(MethodVisitor code, int i) {
        if (tuple == null) {
            code.visitVarInsn(ALOAD, FIRST);
        } else {
            field(code, fieldOf(i));
        }
    }

    /** Pushes a field of the tuple. */
    private void field(MethodVisitor code, int i) {
        code.visitVarInsn(ALOAD, FIRST);
        code.visitTypeInsn(CHECKCAST, tuple);
        code.visitFieldInsn(GETFIELD, tuple, "f" + i, "Ljava/lang/Object;");
    }

    /** Pushes an array and an index in it. */
    private static void place(MethodVisitor code, int array, int index, int i) {
        code.visitVarInsn(ALOAD, array);
        code.visitVarInsn(ILOAD, index);
        code.visitIntInsn(BIPUSH, i);
        code.visitInsn(IADD);
    }
}

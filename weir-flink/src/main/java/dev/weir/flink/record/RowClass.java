package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassWriter;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Label;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Generates the row formats of Flink's own tuples, and of POJOs, whose fields are primitives, boxed or not, and at most one
 * string. The law is that of edges: what is read equals {@code deserialize(serialize(x))}.
 */
final class RowClass {
    private static final String OBJECT = "java/lang/Object";
    private static final String WRITE = "(L" + OBJECT + ";[J)Z";
    private static final String PART = "(L" + OBJECT + ";)L" + OBJECT + ";";
    private static final String READ = "([JIL" + OBJECT + ";)L" + OBJECT + ";";

    /** A field of the record's class and what lies in it. */
    private record Column(String field, Class<?> type, RowField kind) {
        String descriptor() {
            return Type.getDescriptor(type);
        }
    }

    private final Lookup host;
    private final String record;
    private final List<Column> columns;
    private final String name;
    private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
        @Override
        protected String getCommonSuperClass(String first, String second) {
            return OBJECT;
        }
    };

    private RowClass(Lookup host, Class<?> record, List<Column> columns) {
        this.host = host;
        this.record = Type.getInternalName(record);
        this.columns = columns;
        String packageName = host.lookupClass().getPackageName().replace('.', '/');
        this.name = (packageName.isEmpty() ? "" : packageName + "/") + "Weir$Row";
    }

    /** The format of a serializer's records, or null where they are not rows. Does not fail. */
    static @Nullable RowCopier of(TypeSerializer<?> serializer) {
        try {
            if (serializer.getClass() == TupleSerializer.class) {
                return ofTuple((TupleSerializer<?>) serializer);
            }
            return serializer.getClass() == PojoSerializer.class ? ofPojo((PojoSerializer<?>) serializer) : null;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // A class that may not be entered, or whose loader does not see us: slower, never wrong.
            return null;
        }
    }

    private static @Nullable RowCopier ofTuple(TupleSerializer<?> serializer) throws ReflectiveOperationException {
        TypeSerializer<?>[] parts = serializer.getFieldSerializers();
        if (parts.length == 0 || serializer.getTupleClass() != Tuple.getTupleClass(parts.length)) {
            return null;
        }
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            RowField kind = RowField.of(parts[i]);
            if (kind == null) {
                return null;
            }
            columns.add(new Column("f" + i, Object.class, kind));
        }
        return define(MethodHandles.lookup(), serializer.getTupleClass(), columns);
    }

    private static @Nullable RowCopier ofPojo(PojoSerializer<?> serializer) throws ReflectiveOperationException {
        SerializerParts.Pojo parts = SerializerParts.Pojo.of(serializer);
        Class<?> type = parts.type();
        if (type.isRecord() || type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            return null;
        }
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < parts.fields().length; i++) {
            Field field = parts.fields()[i];
            RowField kind = RowField.of(parts.fieldSerializers()[i]);
            if (field == null
                    || kind == null
                    || field.getDeclaringClass() != type
                    || Modifier.isFinal(field.getModifiers())
                    || (field.getType() != kind.type && field.getType() != kind.primitiveType())) {
                return null;
            }
            columns.add(new Column(field.getName(), field.getType(), kind));
        }
        return define(HostLookup.of(type), type, columns);
    }

    private static @Nullable RowCopier define(Lookup host, Class<?> record, List<Column> columns)
            throws ReflectiveOperationException {
        long words = columns.stream().filter(column -> column.kind().isWord()).count();
        return words == 0 || words > Byte.MAX_VALUE || columns.size() - words > 1
                ? null
                : new RowClass(host, record, columns).define();
    }

    private RowCopier define() throws ReflectiveOperationException {
        writer.visit(
                V17, ACC_FINAL | ACC_SYNTHETIC, name, null, OBJECT, new String[] {Type.getInternalName(RowCopier.class)
                });
        MethodVisitor constructor = writer.visitMethod(ACC_PUBLIC, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(ALOAD, 0);
        constructor.visitMethodInsn(INVOKESPECIAL, OBJECT, "<init>", "()V", false);
        end(constructor, RETURN);
        words();
        write();
        part();
        read();
        writer.visitEnd();
        Class<?> defined = host.defineHiddenClass(writer.toByteArray(), true, Lookup.ClassOption.NESTMATE)
                .lookupClass();
        var made = defined.getDeclaredConstructor();
        made.setAccessible(true);
        return (RowCopier) made.newInstance();
    }

    private void words() {
        MethodVisitor code = method("words", "()I");
        code.visitIntInsn(BIPUSH, (int)
                columns.stream().filter(column -> column.kind().isWord()).count());
        end(code, IRETURN);
    }

    private void write() {
        MethodVisitor code = method("write", WRITE);
        Label other = new Label();
        ofExactly(code, 1, record, other);
        for (Column column : columns) {
            if (column.type() != Object.class && column.type() != column.kind().type) {
                continue; // a primitive
            }
            get(code, column);
            code.visitVarInsn(ASTORE, 3);
            if (column.kind().isWord()) {
                ofExactly(code, 3, Type.getInternalName(column.kind().type), other);
            } else {
                // a string is handed on as it is; what is none has to fail as it does in its serializer
                Label fits = new Label();
                code.visitVarInsn(ALOAD, 3);
                code.visitJumpInsn(IFNULL, fits);
                code.visitVarInsn(ALOAD, 3);
                code.visitTypeInsn(INSTANCEOF, "java/lang/String");
                code.visitJumpInsn(IFEQ, other);
                code.visitLabel(fits);
            }
        }
        int word = 0;
        for (Column column : columns) {
            if (column.kind().isWord()) {
                code.visitVarInsn(ALOAD, 2);
                code.visitIntInsn(BIPUSH, word++);
                get(code, column);
                if (!column.type().isPrimitive()) {
                    column.kind().unbox(code);
                }
                column.kind().toWord(code);
                code.visitInsn(LASTORE);
            }
        }
        code.visitInsn(ICONST_1);
        code.visitInsn(IRETURN);
        code.visitLabel(other);
        code.visitInsn(ICONST_0);
        end(code, IRETURN);
    }

    private void part() {
        MethodVisitor code = method("part", PART);
        Column string = columns.stream()
                .filter(column -> !column.kind().isWord())
                .findFirst()
                .orElse(null);
        if (string == null) {
            code.visitInsn(ACONST_NULL);
        } else {
            get(code, string);
        }
        end(code, ARETURN);
    }

    private void read() {
        MethodVisitor code = method("read", READ);
        code.visitTypeInsn(NEW, record);
        code.visitInsn(DUP);
        code.visitMethodInsn(INVOKESPECIAL, record, "<init>", "()V", false);
        int word = 0;
        for (Column column : columns) {
            code.visitInsn(DUP);
            if (column.kind().isWord()) {
                code.visitVarInsn(ALOAD, 1);
                code.visitVarInsn(ILOAD, 2);
                code.visitIntInsn(BIPUSH, word++);
                code.visitInsn(IADD);
                code.visitInsn(LALOAD);
                column.kind().fromWord(code);
                if (!column.type().isPrimitive()) {
                    column.kind().box(code);
                }
            } else {
                code.visitVarInsn(ALOAD, 3);
                if (column.type() != Object.class) {
                    code.visitTypeInsn(CHECKCAST, Type.getInternalName(column.type()));
                }
            }
            code.visitFieldInsn(PUTFIELD, record, column.field(), column.descriptor());
        }
        end(code, ARETURN);
    }

    /** Jumps unless a local variable holds an object of exactly this class. */
    private static void ofExactly(MethodVisitor code, int variable, String type, Label otherwise) {
        code.visitVarInsn(ALOAD, variable);
        code.visitJumpInsn(IFNULL, otherwise);
        code.visitVarInsn(ALOAD, variable);
        code.visitMethodInsn(INVOKEVIRTUAL, OBJECT, "getClass", "()Ljava/lang/Class;", false);
        code.visitLdcInsn(Type.getObjectType(type));
        code.visitJumpInsn(IF_ACMPNE, otherwise);
    }

    /** Pushes a field of the record in the first argument. */
    private void get(MethodVisitor code, Column column) {
        code.visitVarInsn(ALOAD, 1);
        code.visitTypeInsn(CHECKCAST, record);
        code.visitFieldInsn(GETFIELD, record, column.field(), column.descriptor());
    }

    private MethodVisitor method(String method, String descriptor) {
        MethodVisitor code = writer.visitMethod(ACC_PUBLIC, method, descriptor, null, null);
        code.visitCode();
        return code;
    }

    private static void end(MethodVisitor code, int instruction) {
        code.visitInsn(instruction);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }
}

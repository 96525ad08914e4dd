package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.*;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.RowSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Label;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;
import org.apache.flink.shaded.asm9.org.objectweb.asm.Type;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.RowUtils;
import org.jspecify.annotations.Nullable;

/** Generates the copies of tuples, POJOs, Java records and rows. Each method gives null for what it leaves alone. */
final class CompositeCopies {
    /** Beyond this a method comes near the 8000 bytes of code above which the JIT compiles nothing. */
    private static final int FIELDS_MAX = 200;

    private static final String ROW = Type.getInternalName(Row.class);
    private static final String KIND = Type.getDescriptor(RowKind.class);

    private final CopyBuilder builder;

    CompositeCopies(CopyBuilder builder) {
        this.builder = builder;
    }

    @Nullable
    UnaryOperator<@Nullable Object> ofTuple(TupleSerializer<?> serializer) throws ReflectiveOperationException {
        Class<?> type = serializer.getTupleClass();
        TypeSerializer<?>[] parts = serializer.getFieldSerializers();
        if (!hasTupleFields(type, parts.length)) {
            return null;
        }
        boolean flinks = type == Tuple.getTupleClass(parts.length);
        CopyClass made = new CopyClass(flinks ? MethodHandles.lookup() : HostLookup.of(type));
        if (builder.law() == CopyLaw.SERIALIZER_COPY) {
            made.returnIfNull();
        }
        made.returnUnlessExactly(type, Leaf.of(serializer, builder.law()));
        String name = Type.getInternalName(type);
        MethodVisitor code = made.code;
        castValue(code, name);
        newTarget(code, name);
        for (int i = 0; i < parts.length; i++) {
            code.visitVarInsn(ALOAD, CopyClass.TO);
            code.visitVarInsn(ALOAD, CopyClass.FROM);
            code.visitFieldInsn(GETFIELD, name, "f" + i, "Ljava/lang/Object;");
            made.copyPart(Object.class, builder.build(parts[i]), false);
            code.visitFieldInsn(PUTFIELD, name, "f" + i, "Ljava/lang/Object;");
        }
        code.visitVarInsn(ALOAD, CopyClass.TO);
        code.visitInsn(ARETURN);
        return made.define();
    }

    /** A tuple of Flink's, or a subclass that leaves the access by position alone. */
    private static boolean hasTupleFields(Class<?> type, int arity) throws ReflectiveOperationException {
        if (arity == 0 || arity > Tuple.MAX_ARITY) {
            return false;
        }
        Class<?> own = Tuple.getTupleClass(arity);
        return own.isAssignableFrom(type)
                && type.getMethod("getField", int.class).getDeclaringClass() == own
                && type.getMethod("setField", Object.class, int.class).getDeclaringClass() == own;
    }

    @Nullable
    UnaryOperator<@Nullable Object> ofRow(RowSerializer serializer) throws ReflectiveOperationException {
        SerializerParts.OfRow parts = SerializerParts.OfRow.of(serializer);
        int arity = parts.fieldSerializers().length;
        if (arity > FIELDS_MAX) {
            return null;
        }
        CopyClass made = new CopyClass(MethodHandles.lookup());
        MethodVisitor code = made.code;
        castValue(code, ROW);
        returnUnlessPositional(made, arity, Leaf.of(serializer, builder.law()));
        code.visitIntInsn(SIPUSH, arity);
        code.visitTypeInsn(ANEWARRAY, "java/lang/Object");
        code.visitVarInsn(ASTORE, CopyClass.TO);
        for (int i = 0; i < arity; i++) {
            code.visitVarInsn(ALOAD, CopyClass.TO);
            code.visitIntInsn(SIPUSH, i);
            code.visitVarInsn(ALOAD, CopyClass.FROM);
            code.visitIntInsn(SIPUSH, i);
            code.visitMethodInsn(INVOKEVIRTUAL, ROW, "getField", "(I)Ljava/lang/Object;", false);
            made.copyPart(Object.class, builder.build(parts.fieldSerializers()[i]), true);
            code.visitInsn(AASTORE);
        }
        if (parts.supportsRowKind() || builder.law() == CopyLaw.SERIALIZER_COPY) {
            code.visitVarInsn(ALOAD, CopyClass.FROM);
            code.visitMethodInsn(INVOKEVIRTUAL, ROW, "getKind", "()" + KIND, false);
        } else {
            code.visitFieldInsn(GETSTATIC, Type.getInternalName(RowKind.class), "INSERT", KIND);
        }
        code.visitVarInsn(ALOAD, CopyClass.TO);
        if (parts.positionByName() == null) {
            code.visitInsn(ACONST_NULL);
        } else {
            made.pushConstant(LinkedHashMap.class, parts.positionByName());
        }
        code.visitMethodInsn(
                INVOKESTATIC,
                Type.getInternalName(RowUtils.class),
                "createRowWithNamedPositions",
                "(" + KIND + "[Ljava/lang/Object;Ljava/util/LinkedHashMap;)" + Type.getDescriptor(Row.class),
                false);
        code.visitInsn(ARETURN);
        return made.define();
    }

    private static void returnUnlessPositional(CopyClass made, int arity, Leaf otherwise) {
        MethodVisitor code = made.code;
        Label other = new Label();
        Label positional = new Label();
        code.visitVarInsn(ALOAD, CopyClass.FROM);
        code.visitInsn(ICONST_0);
        code.visitMethodInsn(INVOKEVIRTUAL, ROW, "getFieldNames", "(Z)Ljava/util/Set;", false);
        code.visitJumpInsn(IFNONNULL, other);
        code.visitVarInsn(ALOAD, CopyClass.FROM);
        code.visitMethodInsn(INVOKEVIRTUAL, ROW, "getArity", "()I", false);
        code.visitIntInsn(SIPUSH, arity);
        code.visitJumpInsn(IF_ICMPEQ, positional);
        code.visitLabel(other);
        made.returnAppliedTo(otherwise);
        code.visitLabel(positional);
    }

    @Nullable
    UnaryOperator<@Nullable Object> ofPojo(PojoSerializer<?> serializer) throws ReflectiveOperationException {
        SerializerParts.Pojo parts = SerializerParts.Pojo.of(serializer);
        Class<?> type = parts.type();
        if (parts.fields().length > FIELDS_MAX) {
            return null;
        }
        for (Field field : parts.fields()) {
            if (field == null) {
                return null; // the state of an older class version is being read: rare, and full of special cases
            }
        }
        if (type.isRecord()) {
            return ofRecord(parts);
        }
        SubclassCopy subclasses = new SubclassCopy(serializer, parts, builder);
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            return subclasses;
        }
        Lookup host = HostLookup.of(type);
        CopyClass made = new CopyClass(host);
        made.returnIfNull();
        made.returnUnlessExactly(type, subclasses);
        String name = Type.getInternalName(type);
        MethodVisitor code = made.code;
        castValue(code, name);
        newTarget(code, name);
        for (int i = 0; i < parts.fields().length; i++) {
            FieldAccess field = FieldAccess.of(host, present(parts.fields()[i]));
            field.beforeSet(made);
            field.get(made);
            made.copyPart(field.type(), builder.build(parts.fieldSerializers()[i]), true);
            field.set(made);
        }
        code.visitVarInsn(ALOAD, CopyClass.TO);
        code.visitInsn(ARETURN);
        return made.define();
    }

    private @Nullable UnaryOperator<@Nullable Object> ofRecord(SerializerParts.Pojo parts)
            throws ReflectiveOperationException {
        Class<?> type = parts.type();
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < parts.fields().length; i++) {
            positions.put(present(parts.fields()[i]).getName(), i);
        }
        if (positions.size() != components.length) {
            return null;
        }
        Lookup host = HostLookup.of(type);
        CopyClass made = new CopyClass(host);
        made.returnIfNull();
        String name = Type.getInternalName(type);
        MethodVisitor code = made.code;
        castValue(code, name);
        StringBuilder descriptor = new StringBuilder("(");
        int[] locals = new int[components.length];
        int next = CopyClass.FIRST_FREE;
        for (int i = 0; i < components.length; i++) {
            Integer position = positions.get(components[i].getName());
            if (position == null) {
                return null;
            }
            FieldAccess field = FieldAccess.of(host, present(parts.fields()[position]));
            field.get(made);
            made.copyPart(field.type(), builder.build(parts.fieldSerializers()[position]), true);
            Type fieldType = Type.getType(components[i].getType());
            code.visitVarInsn(fieldType.getOpcode(ISTORE), next);
            locals[i] = next;
            next += fieldType.getSize();
            descriptor.append(fieldType.getDescriptor());
        }
        code.visitTypeInsn(NEW, name);
        code.visitInsn(DUP);
        for (int i = 0; i < components.length; i++) {
            code.visitVarInsn(Type.getType(components[i].getType()).getOpcode(ILOAD), locals[i]);
        }
        code.visitMethodInsn(
                INVOKESPECIAL, name, "<init>", descriptor.append(")V").toString(), false);
        code.visitInsn(ARETURN);
        return made.define();
    }

    private static Field present(@Nullable Field field) {
        if (field == null) {
            throw new IllegalStateException("a field the class has lost");
        }
        return field;
    }

    private static void castValue(MethodVisitor code, String name) {
        code.visitVarInsn(ALOAD, CopyClass.VALUE);
        code.visitTypeInsn(CHECKCAST, name);
        code.visitVarInsn(ASTORE, CopyClass.FROM);
    }

    private static void newTarget(MethodVisitor code, String name) {
        code.visitTypeInsn(NEW, name);
        code.visitInsn(DUP);
        code.visitMethodInsn(INVOKESPECIAL, name, "<init>", "()V", false);
        code.visitVarInsn(ASTORE, CopyClass.TO);
    }
}

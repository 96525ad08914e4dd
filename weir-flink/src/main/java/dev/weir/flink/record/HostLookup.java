package dev.weir.flink.record;

import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.ARETURN;
import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.apache.flink.shaded.asm9.org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassWriter;
import org.apache.flink.shaded.asm9.org.objectweb.asm.MethodVisitor;

/**
 * Full access to a class, private members included, so that generated code can become its nest mate.
 *
 * <p>The JDK gives that only within a module, and each class loader has an unnamed module of its own. So for a class of
 * another loader one small class is defined beside it, which hands out its own lookup; that class lives and dies with
 * the loader.
 */
final class HostLookup {
    private static final String BRIDGE = "Weir$Lookup";
    private static final String METHOD = "lookup";

    private HostLookup() {}

    /** Full access to {@code host}; fails for classes of packages that are not open to us, the JDK's for instance. */
    static Lookup of(Class<?> host) throws ReflectiveOperationException {
        Lookup own = MethodHandles.lookup();
        Lookup there = MethodHandles.privateLookupIn(host, own);
        if (there.hasFullPrivilegeAccess()) {
            return there;
        }
        Class<?> bridge = bridge(there);
        Lookup inside;
        try {
            inside = (Lookup) MethodHandles.privateLookupIn(bridge, own)
                    .findStatic(bridge, METHOD, MethodType.methodType(Lookup.class))
                    .invokeExact();
        } catch (ReflectiveOperationException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("no lookup in " + host.getName(), e);
        }
        return MethodHandles.privateLookupIn(host, inside);
    }

    private static Class<?> bridge(Lookup there) throws ReflectiveOperationException {
        String packageName = there.lookupClass().getPackageName();
        String name = packageName.isEmpty() ? BRIDGE : packageName + "." + BRIDGE;
        // By name from this loader alone: a parent's bridge would be in the parent's module.
        try {
            return there.defineClass(bytes(name.replace('.', '/')));
        } catch (LinkageError defined) {
            Class<?> bridge = there.findClass(name);
            if (bridge.getClassLoader() != there.lookupClass().getClassLoader()) {
                throw new IllegalStateException("bridge of another loader for " + there.lookupClass(), defined);
            }
            return bridge;
        }
    }

    private static byte[] bytes(String internalName) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(V17, ACC_FINAL | ACC_SYNTHETIC, internalName, null, "java/lang/Object", null);
        String descriptor = MethodType.methodType(Lookup.class).toMethodDescriptorString();
        MethodVisitor method = writer.visitMethod(ACC_STATIC, METHOD, descriptor, null, null);
        method.visitCode();
        method.visitMethodInsn(INVOKESTATIC, "java/lang/invoke/MethodHandles", "lookup", descriptor, false);
        method.visitInsn(ARETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }
}

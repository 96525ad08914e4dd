package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.Copier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.junit.jupiter.api.Test;

/** Classes of a job's own loader: reached from generated code, and let go. */
class CopierUnloadingTest {

    @Test
    void aCopierOfAnotherLoadersClassIsGeneratedInThatLoader() throws Exception {
        Child loader = new Child();
        Class<?> type = loader.loadClass(Zoo.Near.class.getName());
        assertThat(type).isNotSameAs(Zoo.Near.class);
        assertThat(new CopyBuilder(CopyLaw.ROUND_TRIP)
                        .build(serializer(type))
                        .getClass()
                        .getClassLoader())
                .isSameAs(loader);
        copyOne(loader, type);
        copyOne(loader, loader.loadClass(Zoo.Point.class.getName()));
        copyOne(loader, loader.loadClass(Zoo.Edge.class.getName()));
    }

    @Test
    void aLoaderIsCollectedOnceItsCopiersAreDropped() throws Exception {
        WeakReference<ClassLoader> loader = copyInNewLoader();
        for (int i = 0; i < 50 && loader.get() != null; i++) {
            System.gc();
        }
        assertThat(loader.get()).isNull();
    }

    @Test
    void aCopierOfFlinksTypesIsCollectedWithItsGeneratedClass() {
        WeakReference<Class<?>> generated = new WeakReference<>(new CopyBuilder(CopyLaw.ROUND_TRIP)
                .build(Types.TUPLE(Types.STRING, Types.ROW(Types.INT)).createSerializer(new SerializerConfigImpl()))
                .getClass());
        for (int i = 0; i < 50 && generated.get() != null; i++) {
            System.gc();
        }
        assertThat(generated.get()).isNull();
    }

    private static WeakReference<ClassLoader> copyInNewLoader() throws Exception {
        Child loader = new Child();
        copyOne(loader, loader.loadClass(Zoo.Near.class.getName()));
        copyOne(loader, loader.loadClass(Zoo.Point.class.getName()));
        return new WeakReference<>(loader);
    }

    private static void copyOne(ClassLoader loader, Class<?> type) throws Exception {
        TypeSerializer<Object> serializer = CopiersTest.untyped(
                Types.TUPLE(Types.STRING, TypeInformation.of(type)).createSerializer(new SerializerConfigImpl()));
        Copier<Object> copier = Copiers.make(serializer, loader, CopyLaw.ROUND_TRIP, 0);
        Object value = Tuple2.of("a", example(type));
        Object copy = copier.copy(value);
        assertThat(Graphs.difference("copy", CopiersTest.roundTrip(serializer, value), copy))
                .isNull();
        assertThat(Graphs.shared(value, copy)).isNull();
    }

    private static Object example(Class<?> type) throws ReflectiveOperationException {
        if (type.isRecord()) {
            return type.getDeclaredConstructor(int.class, long.class, String.class)
                    .newInstance(1, 2L, "three");
        }
        if (type.getSimpleName().equals("Edge")) {
            return type.getDeclaredConstructor(String.class, Long.class, int[].class)
                    .newInstance("from", 5L, new int[] {1});
        }
        Object near = type.getDeclaredConstructor().newInstance();
        type.getMethod("setHidden", long.class).invoke(near, 8L);
        return near;
    }

    private static TypeSerializer<?> serializer(Class<?> type) {
        return TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
    }

    /** Loads the zoo by itself, everything else from its parent. */
    private static final class Child extends ClassLoader {
        Child() {
            super(CopierUnloadingTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(Zoo.class.getName()) && !name.contains(".record.elsewhere.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream input = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (input == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = input.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

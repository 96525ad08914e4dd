package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramRun;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.ObjectStreamClass;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.example.Fails;
import org.example.Sums;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hundred programs, each with a class loader of its own, leave nothing behind. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ManyJobsIT {
    private static final int WARM_UP = 50;
    private static final int PROGRAMS = 200;

    private final ReferenceQueue<Class<?>> unloaded = new ReferenceQueue<>();
    private final List<WeakReference<Class<?>>> classes = new ArrayList<>();

    @TempDir
    Path dir;

    @Test
    void threadsLoadersMemoryAndFilesAreFlat() throws Exception {
        Path inner = JarOf.examples(dir, null);
        Path outer = JarOf.entries(dir.resolve("outer.jar"), Map.of("lib/examples.jar", Files.readAllBytes(inner)));
        Figures warm = null;
        for (int program = 0; program < PROGRAMS; program++) {
            if (program == WARM_UP) {
                warm = Figures.now(unloaded, classes);
            }
            run(outer);
        }
        Figures last = Figures.now(unloaded, classes);

        assertThat(warm).isNotNull();
        assertThat(last.loaders).as("class loaders alive").isZero();
        assertThat(last.threads).as("threads").isLessThanOrEqualTo(warm.threads + 2);
        assertThat(last.loadedClasses).as("loaded classes").isLessThanOrEqualTo(warm.loadedClasses + 200);
        assertThat(last.heapBytes).as("heap").isLessThanOrEqualTo(warm.heapBytes + (8 << 20));
        assertThat(last.metaspaceBytes).as("metaspace").isLessThanOrEqualTo(warm.metaspaceBytes + (4 << 20));
        assertThat(last.files).as("open files").isLessThanOrEqualTo(warm.files + 2);
    }

    /** As {@code weir serve} has them: ended jobs are known for a while, their classes are not. */
    @ParameterizedTest
    @ValueSource(classes = {Sums.class, Fails.class})
    void endedJobsOfOneSessionLetGoOfTheirClasses(Class<?> main) throws Exception {
        Path jar = JarOf.examples(dir, null);
        try (WeirSession session = new WeirSession(new Configuration())) {
            for (int i = 0; i < 20; i++) {
                try (Program program =
                        Program.open(jar, main.getName(), List.of(), List.of("100"), new Configuration())) {
                    classes.add(new WeakReference<>(program.mainClass(), unloaded));
                    run(session, program, main == Fails.class);
                }
            }
            assertThat(session.jobs()).hasSize(20);
            assertThat(Figures.now(unloaded, classes).loaders)
                    .as("class loaders alive")
                    .isZero();
        }
    }

    private static void run(WeirSession session, Program program, boolean fails) throws Exception {
        if (fails) {
            assertThatThrownBy(() -> new ProgramRun(program, session::submit).run())
                    .rootCause()
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("no place for 3");
            WeirJob job = session.jobs().iterator().next();
            assertThat(job.result().join().failure()).hasStackTraceContaining("no place for 3");
        } else {
            new ProgramRun(program, session::submit).run();
        }
    }

    /** A session each, as {@code weir run} has it. */
    private void run(Path jar) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration());
                Program program =
                        Program.open(jar, Sums.class.getName(), List.of(), List.of("100"), new Configuration())) {
            classes.add(new WeakReference<>(program.mainClass(), unloaded));
            new ProgramRun(program, session::submit).run();
            assertThat(session.jobs()).hasSize(1);
        }
    }

    /** Taken after the collector has had its say. */
    private record Figures(
            long loaders, int threads, int loadedClasses, long heapBytes, long metaspaceBytes, long files) {

        static Figures now(ReferenceQueue<Class<?>> unloaded, List<WeakReference<Class<?>>> classes)
                throws InterruptedException {
            for (int round = 0; round < 20 && alive(classes) > 0; round++) {
                clearSoftReferences();
                // waits for the collector, not for time to pass: most rounds end at once
                unloaded.remove(500);
            }
            System.gc();
            long metaspace = ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getName().equals("Metaspace"))
                    .mapToLong(Figures::used)
                    .sum();
            UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return new Figures(
                    alive(classes),
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    metaspace,
                    system.getOpenFileDescriptorCount());
        }

        /** The JDK's caches of serialization hold classes softly; what cannot be had makes the collector drop them. */
        private static void clearSoftReferences() {
            try {
                long[] tooLarge = new long[1 << 30];
                throw new AssertionError("the test wants a smaller heap than " + tooLarge.length + " longs");
            } catch (OutOfMemoryError expected) {
                // the caches let go of what was cleared when they are asked for something next
                ObjectStreamClass.lookup(Thread.State.class);
                System.gc();
            }
        }

        private static long used(MemoryPoolMXBean pool) {
            return pool.getUsage().getUsed();
        }

        private static long alive(List<WeakReference<Class<?>>> classes) {
            return classes.stream().filter(each -> !each.refersTo(null)).count();
        }
    }
}

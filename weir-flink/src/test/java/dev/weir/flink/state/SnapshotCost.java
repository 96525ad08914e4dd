package dev.weir.flink.state;

import dev.weir.flink.state.Snapshots.Format;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;

/**
 * What checkpoints cost the thread that works on the state: how long it stands still for the synchronous part, and how many
 * updates of random keys it manages while the asynchronous part runs. Entry of {@code bench/snapshots}.
 */
final class SnapshotCost {
    private static final int KEY_GROUPS = 128;
    private static final int BATCH = 64;
    private static final long NANOS_BETWEEN = 1_000_000_000;

    /** What is updated. */
    private enum Shape {
        /** A number for each key. */
        WORDS(40) {
            @Override
            Updates of(AbstractKeyedStateBackend<Long> backend) throws Exception {
                ValueState<Long> state = state(backend, new ValueStateDescriptor<>("state", Types.LONG));
                return key -> {
                    Long value = state.value();
                    state.update(value == null ? 1 : value + 1);
                };
            }
        },
        /** A tuple for each key, changed in place. */
        OBJECTS(250) {
            @Override
            Updates of(AbstractKeyedStateBackend<Long> backend) throws Exception {
                ValueState<Tuple2<Long, String>> state =
                        state(backend, new ValueStateDescriptor<>("state", Types.TUPLE(Types.LONG, Types.STRING)));
                return key -> {
                    Tuple2<Long, String> value = state.value();
                    if (value == null) {
                        value = Tuple2.of(0L, "x".repeat(90) + key);
                    }
                    value.f0++;
                    state.update(value);
                };
            }
        };

        private final long entryBytes;

        Shape(long entryBytes) {
            this.entryBytes = entryBytes;
        }

        abstract Updates of(AbstractKeyedStateBackend<Long> backend) throws Exception;

        private static <V> ValueState<V> state(
                AbstractKeyedStateBackend<Long> backend, ValueStateDescriptor<V> descriptor) throws Exception {
            return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
        }
    }

    private interface Updates {
        void update(long key) throws Exception;
    }

    /** Updates over some time. */
    private record Lap(long updates, long wallNanos, long cpuNanos, long longestCpuNanos) {
        double perSecond() {
            return updates * 1e9 / wallNanos;
        }

        double perCpuSecond() {
            return updates * 1e9 / cpuNanos;
        }

        Lap plus(Lap other) {
            return new Lap(
                    updates + other.updates,
                    wallNanos + other.wallNanos,
                    cpuNanos + other.cpuNanos,
                    Math.max(longestCpuNanos, other.longestCpuNanos));
        }
    }

    private interface Condition {
        boolean holds();
    }

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final SplittableRandom random = new SplittableRandom(7);
    private final AbstractKeyedStateBackend<Long> backend;
    private final Updates updates;
    private final int keys;

    private SnapshotCost(AbstractKeyedStateBackend<Long> backend, Shape shape, int keys) throws Exception {
        this.backend = backend;
        this.keys = keys;
        backend.setCurrentKey(0L);
        this.updates = shape.of(backend);
    }

    /** Arguments: weir or flink, words or objects, megabytes of state, number of snapshots, directory. */
    public static void main(String[] args) throws Exception {
        BackendPair.Shape<Long> backends = new BackendPair.Shape<>(LongSerializer.INSTANCE, KEY_GROUPS);
        KeyGroupRange range = KeyGroupRange.of(0, KEY_GROUPS - 1);
        Shape shape = Shape.valueOf(args[1].toUpperCase(Locale.ROOT));
        AbstractKeyedStateBackend<Long> backend =
                args[0].equals("weir") ? backends.ours(range, List.of()) : backends.flinks(range, List.of());
        long keys = Long.parseLong(args[2]) * 1_000_000 / shape.entryBytes;
        String name = args[0] + " " + args[1];
        new SnapshotCost(backend, shape, Math.toIntExact(keys)).run(name, Integer.parseInt(args[3]), Path.of(args[4]));
    }

    private void run(String name, int snapshots, Path directory) throws Exception {
        long before = usedBytes();
        for (long key = 0; key < keys; key++) {
            backend.setCurrentKey(key);
            updates.update(key);
        }
        long stateBytes = usedBytes() - before;
        work(() -> false, 3 * NANOS_BETWEEN); // the compiler's
        Lap between = new Lap(0, 0, 0, 0);
        Lap during = new Lap(0, 0, 0, 0);
        long[] pauses = new long[snapshots];
        long written = 0;
        for (int i = 0; i < snapshots; i++) {
            between = between.plus(work(() -> false, NANOS_BETWEEN));
            long start = System.nanoTime();
            RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
                    Snapshots.take(backend, Format.CHECKPOINT, files(directory));
            pauses[i] = System.nanoTime() - start;
            Thread writer = new Thread(future, "writer");
            writer.start();
            during = during.plus(work(future::isDone, Long.MAX_VALUE));
            KeyedStateHandle handle = future.get().getJobManagerOwnedSnapshot();
            written = handle.getStateSize();
            handle.discardState();
        }
        Arrays.sort(pauses);
        System.out.printf(
                Locale.ROOT,
                "%-12s %5d MB state, %4d MB written in %5d ms: pause %.2f ms median, %.2f ms at most; updates a second"
                        + " %,.0f between, %,.0f during (%+.0f %%); a CPU second %,.0f, %,.0f (%+.0f %%); longest %d"
                        + " updates %.2f, %.2f CPU ms%n",
                name,
                stateBytes >> 20,
                written >> 20,
                during.wallNanos() / snapshots / 1_000_000,
                pauses[snapshots / 2] / 1e6,
                pauses[snapshots - 1] / 1e6,
                between.perSecond(),
                during.perSecond(),
                100 * (during.perSecond() / between.perSecond() - 1),
                between.perCpuSecond(),
                during.perCpuSecond(),
                100 * (during.perCpuSecond() / between.perCpuSecond() - 1),
                BATCH,
                between.longestCpuNanos() / 1e6,
                during.longestCpuNanos() / 1e6);
    }

    private static CheckpointStreamFactory files(Path directory) throws IOException {
        Files.createDirectories(directory);
        org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(directory.toUri());
        return new FsCheckpointStreamFactory(LocalFileSystem.getSharedInstance(), path, path, 0, 4096);
    }

    private Lap work(Condition done, long nanosMax) throws Exception {
        long cpu = threads.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        long last = start;
        long lastCpu = cpu;
        long longest = 0;
        long count = 0;
        while (!done.holds() && last - start < nanosMax) {
            for (int i = 0; i < BATCH; i++) {
                long key = random.nextInt(keys);
                backend.setCurrentKey(key);
                updates.update(key);
            }
            count += BATCH;
            last = System.nanoTime();
            long nowCpu = threads.getCurrentThreadCpuTime();
            longest = Math.max(longest, nowCpu - lastCpu);
            lastCpu = nowCpu;
        }
        return new Lap(count, last - start, lastCpu - cpu, longest);
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

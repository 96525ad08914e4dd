package dev.weir.flink.state;

import com.sun.management.OperatingSystemMXBean;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * What reading and writing state in RocksDB costs, one thread: updates of random keys a second, and CPU seconds for a million
 * of them, those of background threads included. Entry of {@code bench/state}.
 */
final class StateCost {
    private static final int KEY_GROUPS = 128;
    private static final String TIERED = "tiered-";
    private static final int BATCH = 256;
    private static final long NANOS = 1_000_000_000;

    /** What is done for a key. */
    private interface Update {
        void run(long key) throws Exception;
    }

    private enum Shape {
        /** A number for each key, read and written. */
        LONG {
            @Override
            Update of(AbstractKeyedStateBackend<Long> backend) throws Exception {
                ValueState<Long> state = backend.getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new ValueStateDescriptor<>("state", Types.LONG));
                return key -> {
                    Long value = state.value();
                    state.update(value == null ? 1 : value + 1);
                };
            }
        },
        /** A profile of about 120 bytes for each key, read, changed and written. */
        PROFILE {
            @Override
            Update of(AbstractKeyedStateBackend<Long> backend) throws Exception {
                ValueState<Tuple4<Long, Double, String, String>> state = backend.getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new ValueStateDescriptor<>(
                                "state", Types.TUPLE(Types.LONG, Types.DOUBLE, Types.STRING, Types.STRING)));
                return key -> {
                    Tuple4<Long, Double, String, String> value = state.value();
                    if (value == null) {
                        value = Tuple4.of(0L, 0.0, "n".repeat(40), "x".repeat(50) + key);
                    }
                    value.f0++;
                    value.f1 += 0.5;
                    state.update(value);
                };
            }
        },
        /** One of eight numbers of each key's map, read and written. */
        MAP {
            @Override
            Update of(AbstractKeyedStateBackend<Long> backend) throws Exception {
                MapState<Long, Long> state = backend.getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new MapStateDescriptor<>("state", Types.LONG, Types.LONG));
                return key -> {
                    Long value = state.get(key & 7);
                    state.put(key & 7, value == null ? 1 : value + 1);
                };
            }
        };

        abstract Update of(AbstractKeyedStateBackend<Long> backend) throws Exception;
    }

    private StateCost() {}

    /**
     * Arguments: contender (weir, plain, flink, heap, or tiered-N with N megabytes of the heap), shape, keys, megabytes of the
     * cache, seconds, a directory.
     */
    public static void main(String[] args) throws Exception {
        int keys = Integer.parseInt(args[2]);
        boolean tiered = args[0].startsWith(TIERED);
        long cacheBytes = args[0].equals("weir") || tiered ? Long.parseLong(args[3]) << 20 : -1;
        Path directory = Path.of(args[5]);
        BackendPair.Shape<Long> shape = new BackendPair.Shape<>(
                        LongSerializer.INSTANCE, KEY_GROUPS, args[0].equals("heap") ? null : directory)
                .caching(cacheBytes);
        if (tiered) {
            shape = shape.tiered(directory, new HeapQuota(Long.parseLong(args[0].substring(TIERED.length())) << 20));
        }
        KeyGroupRange all = KeyGroupRange.of(0, KEY_GROUPS - 1);
        AbstractKeyedStateBackend<Long> backend =
                args[0].equals("flink") ? shape.flinks(all, List.of()) : shape.ours(all, List.of());
        backend.setCurrentKey(0L);
        Update update = Shape.valueOf(args[1].toUpperCase(Locale.ROOT)).of(backend);
        for (long key = 0; key < keys; key++) {
            backend.setCurrentKey(key);
            update.run(key);
        }
        run(backend, update, keys, NANOS);
        long cpuBefore = cpuNanos();
        long began = System.nanoTime();
        long updates = run(backend, update, keys, Integer.parseInt(args[4]) * NANOS);
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuSeconds = (cpuNanos() - cpuBefore) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-12s %-8s keys=%d updates/s=%.0f cpuSecondsPerMillion=%.2f%n",
                args[0],
                args[1],
                keys,
                updates / seconds,
                cpuSeconds / updates * 1e6);
        backend.dispose();
    }

    private static long run(AbstractKeyedStateBackend<Long> backend, Update update, int keys, long nanos)
            throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        long end = System.nanoTime() + nanos;
        long updates = 0;
        do {
            for (int i = 0; i < BATCH; i++) {
                long key = random.nextInt(keys);
                backend.setCurrentKey(key);
                update.run(key);
            }
            updates += BATCH;
        } while (System.nanoTime() < end);
        return updates;
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}

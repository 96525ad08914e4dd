package org.example;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Fills at once the heap with the keyed state of one job, managed memory with that of another in RocksDB, and network memory
 * with records, takes checkpoints of all that, and prints what the process had in memory at most: {@code FillsBudgets
 * HEAP_MEGABYTES ROCKSDB_MEGABYTES}.
 */
public final class FillsBudgets {
    private static final int KILOBYTE = 1024;

    // Static, since the jobs run in this very process.
    private static final AtomicLong IN_FLIGHT = new AtomicLong();
    private static final CountDownLatch HEAP_CHECKPOINTED = new CountDownLatch(2);
    private static final CountDownLatch ROCKSDB_CHECKPOINTED = new CountDownLatch(2);
    private static final CountDownLatch MEASURED = new CountDownLatch(1);

    private FillsBudgets() {}

    public static void main(String[] args) throws Exception {
        JobClient heap = heap(Integer.parseInt(args[0]) * (long) KILOBYTE).executeAsync("heap");
        JobClient rocksdb = rocksdb(Integer.parseInt(args[1]) * (long) KILOBYTE).executeAsync("rocksdb");
        HEAP_CHECKPOINTED.await();
        ROCKSDB_CHECKPOINTED.await();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        System.out.println("heap " + (runtime.totalMemory() - runtime.freeMemory()) / KILOBYTE / KILOBYTE);
        System.out.println("in flight " + IN_FLIGHT.get() * 30 / KILOBYTE);
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM")) {
                System.out.println(line);
            }
        }
        MEASURED.countDown();
        heap.cancel().get();
        rocksdb.cancel().get();
    }

    private static StreamExecutionEnvironment environment(String stateBackend) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, stateBackend)
                .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(2)));
        env.setParallelism(1);
        return env;
    }

    private static StreamExecutionEnvironment heap(long keys) {
        StreamExecutionEnvironment env = environment("hashmap");
        env.fromSequence(0, Long.MAX_VALUE / 2)
                .keyBy(number -> number % keys)
                .map(new Keyed(keys, false))
                .sinkTo(new DiscardingSink<>());
        env.fromSequence(0, Long.MAX_VALUE / 2)
                .map(number -> {
                    IN_FLIGHT.incrementAndGet();
                    return new byte[30 * KILOBYTE];
                })
                .setParallelism(4)
                .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                .rebalance()
                .map(new Slow())
                .setParallelism(4)
                .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                .sinkTo(new DiscardingSink<>());
        return env;
    }

    private static StreamExecutionEnvironment rocksdb(long keys) {
        StreamExecutionEnvironment env = environment("rocksdb");
        env.fromSequence(0, Long.MAX_VALUE / 2)
                .keyBy(number -> number % keys)
                .map(new Keyed(keys, true))
                .sinkTo(new DiscardingSink<>());
        return env;
    }

    /** A kilobyte for each key, again and again; immutable, since others are copied while a checkpoint needs them. */
    private static final class Keyed extends RichMapFunction<Long, Long> implements CheckpointListener {
        private static final long serialVersionUID = 1L;
        private final long keys;
        private final boolean isRocksDb;
        private transient ValueState<String> kilobytes;
        private transient long count;

        Keyed(long keys, boolean isRocksDb) {
            this.keys = keys;
            this.isRocksDb = isRocksDb;
        }

        @Override
        public void open(OpenContext context) {
            kilobytes = getRuntimeContext().getState(new ValueStateDescriptor<>("kilobytes", Types.STRING));
        }

        @Override
        public Long map(Long number) throws Exception {
            String before = kilobytes.value();
            kilobytes.update(before == null ? noise(number) : before);
            count++;
            return number;
        }

        /** Nothing that compresses. */
        private static String noise(long seed) {
            byte[] bytes = new byte[KILOBYTE];
            new Random(seed).nextBytes(bytes);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (count > keys) {
                (isRocksDb ? ROCKSDB_CHECKPOINTED : HEAP_CHECKPOINTED).countDown();
            }
        }
    }

    /** Takes a record now and then, since who takes none takes no barrier either. */
    private static final class Slow extends RichMapFunction<byte[], byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] map(byte[] bytes) throws InterruptedException {
            IN_FLIGHT.decrementAndGet();
            var unused = MEASURED.await(100, TimeUnit.MILLISECONDS);
            return bytes;
        }
    }
}

package org.example;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * Fills maps with bytes that do not compress, overwrites a quarter of them, and scans them now and then: {@code LargeState
 * ENTRIES}, each of a kilobyte. Prints how much the process's native memory has grown at most, the class and code areas of the
 * JVM left out; the heap is to be there from the start.
 */
public final class LargeState {
    private static final int KEYS = 32;
    private static final int VALUE_BYTES = 1000;
    private static final int LOOK_EACH = 1_000;
    private static final int SCAN_EACH = 25_000;

    private LargeState() {}

    public static void main(String[] args) throws Exception {
        long entries = Long.parseLong(args[0]);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, entries * 5 / 4 - 1)
                .keyBy(number -> number % KEYS)
                .process(new Filling(entries))
                .sinkTo(new DiscardingSink<>());
        env.execute("large state");
    }

    /** What is the process's own memory and no file's, which pages of libraries are. */
    private static long nativeKilobytes() throws IOException {
        long anonymous = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
        long ofJvm = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.NON_HEAP)
                .map(MemoryPoolMXBean::getUsage)
                .mapToLong(usage -> usage.getUsed())
                .sum();
        return anonymous - ofJvm / 1024;
    }

    private static final class Filling extends KeyedProcessFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;
        private final long entries;
        private transient MapState<Long, byte[]> values;
        private transient Random random;
        private transient long before;
        private transient long most;
        private transient long seen;
        private transient long scanned;

        Filling(long entries) {
            this.entries = entries;
        }

        @Override
        public void open(OpenContext context) throws IOException {
            values = getRuntimeContext()
                    .getMapState(new MapStateDescriptor<>(
                            "values", Types.LONG, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
            random = new Random(1);
            before = nativeKilobytes();
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            byte[] value = new byte[VALUE_BYTES];
            random.nextBytes(value);
            // neighbours come far apart, so that every file has some of everything
            values.put(Long.reverse(number % entries), value);
            if (++seen % SCAN_EACH == 0) {
                for (Map.Entry<Long, byte[]> entry : values.entries()) {
                    scanned += entry.getValue().length;
                }
            }
            if (seen % LOOK_EACH == 0) {
                most = Math.max(most, nativeKilobytes() - before);
            }
        }

        @Override
        public void close() throws IOException {
            System.out.println("scanned megabytes: " + (scanned >> 20));
            System.out.println("native kilobytes: " + most);
        }
    }
}

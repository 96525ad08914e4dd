package org.example;

import java.io.File;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Takes memory of one kind until there is none, for as long as a file exists: {@code Exhausts KIND WHEN FILE}, where WHEN is
 * {@code start} or {@code checkpoint}.
 */
public final class Exhausts {
    /** So many that whoever looks each second has seen one. */
    private static final int CHECKPOINTS = 20;

    private Exhausts() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50)));
        // slow enough for all the checkpoints, but only where they are waited for
        DataGeneratorSource<Long> source = new DataGeneratorSource<>(
                number -> number,
                16_000,
                new File(args[2]).exists() ? RateLimiterStrategy.perSecond(500) : RateLimiterStrategy.noOp(),
                Types.LONG);
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "numbers")
                .map(new Taker(args[0], args[1].equals("start"), args[2]))
                .sinkTo(new DiscardingSink<>());
        env.execute("exhausts");
        System.out.println("done");
    }

    /** Holds what it takes. */
    private static final class Taker extends RichMapFunction<Long, Long>
            implements CheckpointedFunction, CheckpointListener {
        private static final long serialVersionUID = 1L;
        private final String kind;
        private final boolean atStart;
        private final String file;
        private transient List<Object> taken;

        Taker(String kind, boolean atStart, String file) {
            this.kind = kind;
            this.atStart = atStart;
            this.file = file;
        }

        @Override
        public void open(OpenContext context) {
            if (atStart) {
                takeAll();
            }
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (checkpointId >= CHECKPOINTS) {
                takeAll();
            }
        }

        private void takeAll() {
            taken = new ArrayList<>();
            while (new File(file).exists()) {
                taken.add(take());
            }
        }

        private Object take() {
            return switch (kind) {
                case "heap" -> new byte[1 << 18];
                case "direct" -> ByteBuffer.allocateDirect(1 << 20);
                case "native" -> nativeMemory();
                default ->
                    Proxy.newProxyInstance(
                            new URLClassLoader(new URL[0], Taker.class.getClassLoader()),
                            new Class<?>[] {Runnable.class, CheckpointListener.class, CheckpointedFunction.class},
                            (proxy, method, arguments) -> null);
            };
        }

        /** Memory that the JVM knows nothing of; a hundred megabytes a second, so that there is time to see it grow. */
        private static MemorySegment nativeMemory() {
            MemorySegment segment = MemorySegmentFactory.allocateOffHeapUnsafeMemory(1 << 20);
            for (int page = 0; page < segment.size(); page += 4096) {
                segment.put(page, (byte) 1);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            return segment;
        }

        @Override
        public Long map(Long number) {
            return number;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            // what is restored is the source's
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {
            if (context.isRestored()) {
                System.out.println("restored");
            }
        }
    }
}

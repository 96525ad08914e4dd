package dev.weir.bench.checkpoint;

import dev.weir.bench.measure.Durations;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * Fills keyed state, 100 bytes a key, and then changes it for ever: all keys in turn, or only the first of them. What happens
 * is noted in static fields, since the job runs in the process that measures.
 */
final class StateJob {
    static final int PARALLELISM = 2;
    private static final int KEY_BYTES = Long.BYTES;
    private static final int ENTRY_BYTES = 100;
    private static final int PUBLISH_EACH = 256;
    private static final int PADDING = 16;

    /** Records through the keyed operator, a subtask's at a multiple of the padding. */
    private static final AtomicLongArray PROCESSED = new AtomicLongArray(PARALLELISM * PADDING);

    private StateJob() {}

    static long keys(int megabytes) {
        return megabytes * 1_000_000L / ENTRY_BYTES;
    }

    static long processed() {
        long sum = 0;
        for (int subtask = 0; subtask < PARALLELISM; subtask++) {
            sum += PROCESSED.get(subtask * PADDING);
        }
        return sum;
    }

    /**
     * @param changedPercent of the keys, after all have been filled
     * @param spinNanos that the consumer of the keyed operator takes for a record: holds everything before it back
     */
    static void define(StreamExecutionEnvironment env, int megabytes, int changedPercent, long spinNanos) {
        long keys = keys(megabytes);
        long changed = Math.max(1, keys * changedPercent / 100);
        env.setParallelism(PARALLELISM);
        var counted = env.fromSequence(0, Long.MAX_VALUE / 2)
                .keyBy(number -> number < keys ? number : number % changed)
                .process(new Change())
                .name("change");
        if (spinNanos > 0) {
            counted.rebalance().map(new Spin(spinNanos)).sinkTo(new DiscardingSink<>());
        } else {
            counted.sinkTo(new DiscardingSink<>());
        }
    }

    private static final class Change extends KeyedProcessFunction<Long, Long, Long>
            implements CheckpointedFunction, CheckpointListener {
        private static final long serialVersionUID = 1L;

        private transient ValueState<byte[]> content;
        private transient int subtask;
        private transient long count;

        @Override
        public void open(OpenContext context) {
            content = getRuntimeContext()
                    .getState(new ValueStateDescriptor<>(
                            "content", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
            subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            byte[] before = content.value();
            byte[] next = new byte[ENTRY_BYTES - KEY_BYTES];
            next[0] = before == null ? 1 : (byte) (before[0] + 1);
            content.update(next);
            if (++count % PUBLISH_EACH == 0) {
                PROCESSED.set(subtask * PADDING, count);
            }
            if (count == 1) {
                Durations.firstRecord(before != null);
                Failures.firstRecord(subtask, before != null);
            }
            Failures.failIfAsked(subtask);
            out.collect(number);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            if (subtask == 0) {
                Durations.begun(context.getCheckpointId(), context.getCheckpointTimestamp());
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (subtask == 0) {
                Durations.completed(checkpointId);
            }
        }
    }

    private static final class Spin implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final long nanos;

        private Spin(long nanos) {
            this.nanos = nanos;
        }

        @Override
        public Long map(Long value) {
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            return value;
        }
    }
}

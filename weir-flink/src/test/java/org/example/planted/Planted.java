package org.example.planted;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** Jobs of three vertices: a source in a hurry, one that is slow for the reason that it is named after, and one after it. */
public enum Planted {
    USER_CODE,
    SERIALIZER,
    HOT_KEY,
    STATE,
    TIMERS,
    OUTSIDE,
    COLLECTIONS,
    CHECKPOINT,
    /** Nothing: its source is in no hurry. */
    HEALTHY;

    /** What the slow vertex is called. */
    public static final String SLOW = "slow";

    /** The job. */
    public JobGraph graph(Configuration configuration) {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(this == HOT_KEY ? 2 : 1, configuration);
        DataStream<Long> numbers = env.fromSequence(0, Long.MAX_VALUE - 1);
        slow(this == HEALTHY ? numbers : numbers.rebalance())
                .name(SLOW)
                .rebalance()
                .map(n -> n)
                .returns(Types.LONG)
                .name("after")
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private SingleOutputStreamOperator<Long> slow(DataStream<Long> numbers) {
        return switch (this) {
            case USER_CODE -> numbers.map(Planted::spin).startNewChain();
            case SERIALIZER ->
                numbers.map(SlowRecord::new)
                        .returns(new SlowRecord.Type())
                        .startNewChain()
                        .rebalance()
                        .map(record -> 1L)
                        .returns(Types.LONG);
            case HOT_KEY ->
                numbers.keyBy(n -> n % 10 == 0 ? n : 7L).map(Planted::spin).returns(Types.LONG);
            case STATE -> numbers.keyBy(n -> n % 3).process(new RewritesState());
            case TIMERS -> numbers.keyBy(n -> n % 3).process(new SetsTimers());
            case OUTSIDE -> numbers.map(Planted::await).startNewChain();
            case COLLECTIONS -> numbers.map(Planted::collect).startNewChain();
            case CHECKPOINT ->
                numbers.map(new SlowSnapshot()).returns(Types.LONG).startNewChain();
            case HEALTHY ->
                numbers.map(Planted::await).keyBy(n -> n % 10).map(n -> n).returns(Types.LONG);
        };
    }

    static long spin(long record) {
        long end = System.nanoTime() + 200_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return record;
    }

    static long await(long record) {
        LockSupport.parkNanos(1_000_000);
        return record;
    }

    static long collect(long record) {
        System.gc();
        return record;
    }

    private static final class RewritesState extends KeyedProcessFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;

        private transient ListState<Long> seen;

        @Override
        public void open(OpenContext openContext) {
            seen = getRuntimeContext().getListState(new ListStateDescriptor<>("seen", Types.LONG));
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) throws Exception {
            List<Long> all = new ArrayList<>();
            seen.get().forEach(all::add);
            if (all.size() < 5_000) {
                for (long i = 0; i < 5_000; i++) {
                    all.add(i);
                }
            }
            seen.update(all);
            out.collect(value);
        }
    }

    private static final class SetsTimers extends KeyedProcessFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) {
            long far = context.timerService().currentProcessingTime() + TimeUnit.DAYS.toMillis(1);
            for (int i = 0; i < 1_000; i++) {
                context.timerService().registerEventTimeTimer(far + i * 7_919L);
            }
            for (int i = 0; i < 1_000; i++) {
                context.timerService().deleteEventTimeTimer(far + i * 7_919L);
            }
            out.collect(value);
        }
    }

    private static final class SlowSnapshot extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long value) {
            return value;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(700);
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}
    }
}

package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Counts by second in a map by key, and hands out a second's count when a timer says that it is over. */
public final class MapTimers implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(Events.all(env, input).keyBy(event -> event.f0).process(new Seconds()), new Checks.Triple());
    }

    private static final class Seconds
            extends KeyedProcessFunction<Long, Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
        @SuppressWarnings("NullAway.Init") // by open
        private transient MapState<Long, Long> counts;

        @Override
        public void open(OpenContext context) {
            counts = getRuntimeContext().getMapState(new MapStateDescriptor<>("counts", Types.LONG, Types.LONG));
        }

        @Override
        public void processElement(
                Tuple3<Long, Long, Long> event, Context context, Collector<Tuple3<Long, Long, Long>> out)
                throws Exception {
            long second = Events.lastOfSecond(event.f1);
            Long count = counts.get(second);
            counts.put(second, count == null ? 1 : count + 1);
            context.timerService().registerEventTimeTimer(second);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Tuple3<Long, Long, Long>> out)
                throws Exception {
            out.collect(Tuple3.of(context.getCurrentKey(), time, counts.get(time)));
            counts.remove(time);
        }
    }
}

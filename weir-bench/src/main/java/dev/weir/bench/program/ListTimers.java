package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Keeps events in a list by key, and adds up those of a second when a timer says that it is over. */
public final class ListTimers implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(Events.all(env, input).keyBy(event -> event.f0).process(new Buffer()), new Checks.Triple());
    }

    private static final class Buffer
            extends KeyedProcessFunction<Long, Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
        @SuppressWarnings("NullAway.Init") // by open
        private transient ListState<Tuple2<Long, Long>> waiting;

        @Override
        public void open(OpenContext context) {
            waiting = getRuntimeContext()
                    .getListState(new ListStateDescriptor<>("waiting", Types.TUPLE(Types.LONG, Types.LONG)));
        }

        @Override
        public void processElement(
                Tuple3<Long, Long, Long> event, Context context, Collector<Tuple3<Long, Long, Long>> out)
                throws Exception {
            waiting.add(Tuple2.of(event.f1, event.f2));
            context.timerService().registerEventTimeTimer(Events.lastOfSecond(event.f1));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Tuple3<Long, Long, Long>> out)
                throws Exception {
            long sum = 0;
            long count = 0;
            List<Tuple2<Long, Long>> later = new ArrayList<>();
            for (Tuple2<Long, Long> event : waiting.get()) {
                if (event.f0 <= time) {
                    sum += event.f1;
                    count++;
                } else {
                    later.add(event);
                }
            }
            if (later.isEmpty()) {
                waiting.clear();
            } else {
                waiting.update(later);
            }
            out.collect(Tuple3.of(context.getCurrentKey(), sum, count));
        }
    }
}

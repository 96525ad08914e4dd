package dev.weir.bench.large;

import dev.weir.bench.input.Hash;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The functions of {@link Shape}. Each emits something, so that the state has to be read; records that are the first of their key
 * only write.
 */
final class Functions {

    private Functions() {}

    static final class Profiles extends KeyedProcessFunction<Long, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1L;

        private final long filled;

        @SuppressWarnings("NullAway.Init") // by open
        private transient ValueState<Profile> profiles;

        private transient boolean begun;

        /** @param filled the first number of a record that is not the first of its key */
        Profiles(long filled) {
            this.filled = filled;
        }

        @Override
        public void open(OpenContext context) {
            profiles = getRuntimeContext().getState(new ValueStateDescriptor<>("profile", Types.POJO(Profile.class)));
        }

        @Override
        public void processElement(Tuple2<Long, Long> update, Context context, Collector<Long> out) throws Exception {
            Profile profile = update.f1 < filled ? null : profiles.value();
            if (!begun) {
                begun = true;
                RestoreBench.firstRecord(profile != null);
            }
            if (profile == null) {
                profile = Profile.of(update.f0, update.f1);
            }
            profile.visits++;
            profile.last = update.f1;
            profile.spent += 0.5;
            profiles.update(profile);
            out.collect(profile.visits);
        }
    }

    static final class Lists extends KeyedProcessFunction<Long, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1L;
        private static final int FILLED = 32;

        @SuppressWarnings("NullAway.Init") // by open
        private transient ListState<Long> numbers;

        @Override
        public void open(OpenContext context) {
            numbers = getRuntimeContext().getListState(new ListStateDescriptor<>("numbers", Types.LONG));
        }

        @Override
        public void processElement(Tuple2<Long, Long> update, Context context, Collector<Long> out) throws Exception {
            numbers.add(update.f1);
            if (Hash.mix(update.f1) % FILLED == 0) {
                long sum = 0;
                for (long number : numbers.get()) {
                    sum += number;
                }
                numbers.clear();
                out.collect(sum);
            }
        }
    }

    static final class Maps extends KeyedProcessFunction<Long, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1L;
        private static final int ENTRIES = 16;

        private final long filled;

        @SuppressWarnings("NullAway.Init") // by open
        private transient MapState<Integer, Long> counts;

        Maps(long filled) {
            this.filled = filled;
        }

        @Override
        public void open(OpenContext context) {
            counts = getRuntimeContext().getMapState(new MapStateDescriptor<>("counts", Types.INT, Types.LONG));
        }

        @Override
        public void processElement(Tuple2<Long, Long> update, Context context, Collector<Long> out) throws Exception {
            if (update.f1 < filled) {
                for (int i = 0; i < ENTRIES; i++) {
                    counts.put(i, 1L);
                }
                return;
            }
            int entry = (int) Hash.below(ENTRIES, Hash.mix(update.f1));
            Long before = counts.get(entry);
            long after = before == null ? 1 : before + 1;
            counts.put(entry, after);
            out.collect(after);
        }
    }

    static final class Timers extends KeyedProcessFunction<Long, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1L;

        private final long after;
        private final long filled;

        @SuppressWarnings("NullAway.Init") // by open
        private transient ValueState<Long> set;

        Timers(long after, long filled) {
            this.after = after;
            this.filled = filled;
        }

        @Override
        public void open(OpenContext context) {
            set = getRuntimeContext().getState(new ValueStateDescriptor<>("set", Types.LONG));
        }

        @Override
        public void processElement(Tuple2<Long, Long> update, Context context, Collector<Long> out) throws Exception {
            Long before = update.f1 < filled ? null : set.value();
            if (before != null) {
                context.timerService().deleteEventTimeTimer(before);
            }
            long next = context.timestamp() + after;
            context.timerService().registerEventTimeTimer(next);
            set.update(next);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) {
            set.clear();
            out.collect(timestamp);
        }
    }
}

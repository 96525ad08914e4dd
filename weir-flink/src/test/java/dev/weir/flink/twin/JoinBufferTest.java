package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.StateTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator.BufferEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers beside what Flink has: a map from time to records, and a timer for each time in it. */
final class JoinBufferTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 400;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void holdsWhatFlinkHolds(boolean flat) {
        for (long seed = 0; seed < SEEDS; seed++) {
            new Run(seed, flat).run();
        }
    }

    private static final class Run {
        private final long seed;
        private final Random random;
        private final long retained;
        private final int spread;
        private final TreeMap<Long, List<Tuple2<Long, Long>>> model = new TreeMap<>();
        private final TreeSet<Long> timers = new TreeSet<>();
        private JoinBuffer buffer;
        private long watermark;
        private long records;

        Run(long seed, boolean flat) {
            this.seed = seed;
            this.random = new Random(seed);
            this.retained = random.nextBoolean() ? 0 : random.nextInt(50);
            this.spread = 1 + random.nextInt(random.nextInt(4) == 0 ? 2_000 : 20);
            this.watermark = random.nextInt(4) == 0 ? Long.MAX_VALUE - 3_000 : random.nextInt(100) - 50;
            this.buffer = new JoinBuffer(flat ? StateTables.words(tuples()) : null, tuples());
            buffer.clean(watermark, retained);
        }

        @SuppressWarnings({"unchecked", "rawtypes"}) // the records' class is not known where buffers are
        private static TypeSerializer<Object> tuples() {
            return (TypeSerializer) TypeInformation.of(new TypeHint<Tuple2<Long, Long>>() {})
                    .createSerializer(new SerializerConfigImpl());
        }

        void run() {
            int adds = 1 + random.nextInt(30);
            for (int step = 0; step < STEPS; step++) {
                int action = random.nextInt(adds + 4);
                if (action == 0) {
                    advance();
                } else if (action == 1) {
                    change();
                } else if (action == 2) {
                    removeAsTimerDoes();
                } else if (action == 3 && random.nextInt(10) == 0) {
                    copy();
                } else {
                    add();
                }
                buffer.clean(watermark, retained);
                compare();
            }
            long last = watermark;
            watermark = Long.MAX_VALUE;
            boolean over = last < watermark && !overflows();
            // what the last step has cleaned may be of this watermark, and get partners until the next
            assertThat(buffer.isOver(last, retained, 0)).as(name()).isFalse();
            assertThat(buffer.isOver(watermark, retained, random.nextInt(2)))
                    .as(name())
                    .isEqualTo(over || (model.isEmpty() && last < watermark));
            buffer.clean(watermark, retained);
            assertThat(buffer.isEmpty()).as(name()).isEqualTo(last < watermark || model.isEmpty());
        }

        private boolean overflows() {
            return !model.isEmpty() && model.lastKey() > Long.MAX_VALUE - retained;
        }

        private void add() {
            long time = watermark + random.nextInt(spread);
            if (time < watermark) {
                return;
            }
            Tuple2<Long, Long> record = Tuple2.of(records++, random.nextLong());
            buffer.add(time, record);
            model.computeIfAbsent(time, key -> new ArrayList<>()).add(record);
            timers.add(time + retained);
        }

        private void advance() {
            long next = watermark + 1 + random.nextInt(spread);
            if (next < watermark) {
                // past the end of time; a watermark that does not advance fires nothing
                return;
            }
            watermark = next;
            while (!timers.isEmpty() && timers.first() <= watermark) {
                model.remove(timers.pollFirst() - retained);
            }
        }

        /** As a user function does; now and then to what is no tuple of two numbers any more. */
        private void change() {
            long from = watermark + random.nextInt(spread);
            int i = buffer.first(from);
            if (i < buffer.end()) {
                @SuppressWarnings("unchecked")
                Tuple2<Long, Long> record = (Tuple2<Long, Long>) buffer.get(i);
                record.f1 = random.nextInt(40) == 0 ? null : records++;
                buffer.set(i, record);
                model.ceilingEntry(from).getValue().set(0, record);
            }
        }

        private void removeAsTimerDoes() {
            if (random.nextInt(20) == 0) {
                long time = watermark + random.nextInt(spread);
                assertThat(buffer.remove(time) != null).as(name()).isEqualTo(model.remove(time) != null);
                timers.remove(time + retained);
            }
        }

        private void copy() {
            JoinBuffer original = buffer;
            String before = elements(original).toString();
            buffer = original.copy();
            change();
            add();
            add();
            assertThat(elements(original)).as(name()).hasToString(before);
        }

        private void compare() {
            assertThat(elements(buffer)).as(name()).isEqualTo(model);
            assertThat(buffer.size()).as(name()).isEqualTo(model.size());
            assertThat(buffer.isEmpty()).as(name()).isEqualTo(model.isEmpty());
            long from = watermark + random.nextInt(spread);
            List<@Nullable Object> rest = new ArrayList<>();
            for (int i = buffer.first(from); i < buffer.end(); i++) {
                rest.add(buffer.get(i));
            }
            assertThat(rest)
                    .as(name())
                    .isEqualTo(model.tailMap(from).values().stream()
                            .flatMap(List::stream)
                            .toList());
        }

        private static Map<Long, List<Object>> elements(Map<Long, List<BufferEntry<Object>>> map) {
            Map<Long, List<Object>> elements = new TreeMap<>();
            map.forEach((time, entries) -> elements.put(
                    time, entries.stream().map(BufferEntry::getElement).toList()));
            return elements;
        }

        private String name() {
            return "seed=" + seed;
        }
    }
}

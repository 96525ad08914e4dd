package dev.weir.flink.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.NativeOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.windowing.assigners.ProcessingTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which window takes a record depends on the clock; that every record is in one, and fires, does not. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ProcessingTimeWindowsTest {
    private static final int RECORDS = 1_000;
    private static final int KEYS = 10;
    private static final Map<Long, Long> SUMS = new ConcurrentHashMap<>();
    private static volatile CountDownLatch fired = new CountDownLatch(0);

    static Stream<Arguments> windows() {
        Duration size = Duration.ofMillis(20);
        return Stream.of(
                Arguments.of(TumblingProcessingTimeWindows.of(size), 1),
                Arguments.of(SlidingProcessingTimeWindows.of(size, Duration.ofMillis(5)), 4),
                Arguments.of(ProcessingTimeSessionWindows.withGap(size), 1));
    }

    @ParameterizedTest
    @MethodSource("windows")
    void everyRecordFiresInEachOfItsWindows(WindowAssigner<Object, TimeWindow> windows, int windowsOfRecord)
            throws Exception {
        SUMS.clear();
        fired = new CountDownLatch(RECORDS * windowsOfRecord);
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.getExecutionEnvironment(new Configuration().set(NativeOptions.NATIVE, true));
        env.setParallelism(1);
        env.addSource(new UntilFired(), Types.TUPLE(Types.LONG, Types.LONG))
                .keyBy(record -> record.f0)
                .window(windows)
                .sum(1)
                .map(ProcessingTimeWindowsTest::seen)
                .returns(Types.LONG)
                .sinkTo(new DiscardingSink<>());
        env.execute();
        assertThat(SUMS).hasSize(KEYS);
        assertThat(SUMS.values()).containsOnly((long) RECORDS / KEYS * windowsOfRecord);
    }

    private static long seen(Tuple2<Long, Long> sum) {
        SUMS.merge(sum.f0, sum.f1, Long::sum);
        for (long i = 0; i < sum.f1; i++) {
            fired.countDown();
        }
        return sum.f1;
    }

    private static final class UntilFired implements SourceFunction<Tuple2<Long, Long>> {
        private static final long serialVersionUID = 1;

        @Override
        public void run(SourceContext<Tuple2<Long, Long>> context) throws Exception {
            for (long i = 0; i < RECORDS; i++) {
                context.collect(new Tuple2<>(i % KEYS, 1L));
            }
            fired.await();
        }

        @Override
        public void cancel() {}
    }
}

package dev.weir.flink.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.NativeOptions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The native window operator beside Flink's own: random programs over random streams give the same results. */
final class WindowTwinTest {

    private static final int PROGRAMS = Integer.getInteger("programs", 8);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void tumblingAndSlidingWindowsAreThoseOfFlinksOperator(int kind) throws Exception {
        compare(kind, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void sessionsAreThoseOfFlinksOperator(int kind) throws Exception {
        compare(kind, true);
    }

    private static void compare(int kind, boolean sessions) throws Exception {
        int results = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            long seed = 100L * kind + i;
            List<String> hosted = RandomWindows.run(seed, kind, sessions, false);
            List<String> natively = RandomWindows.run(seed, kind, sessions, true);
            assertThat(RandomWindows.byKey(natively)).as("seed=" + seed).isEqualTo(RandomWindows.byKey(hosted));
            assertThat(RandomWindows.times(natively)).as("seed=" + seed).isEqualTo(RandomWindows.times(hosted));
            results += hosted.size();
        }
        assertThat(results).isGreaterThan(100);
    }

    @ParameterizedTest
    @CsvSource({"true,true", "false,false"})
    void theTwinIsUsedAsTheOptionSays(boolean natively, boolean used) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(NativeOptions.NATIVE, natively));
        List<Tuple2<String, Boolean>> results = env.fromData(1, 2, 3)
                .map(number -> Tuple2.of("key", false))
                .returns(Types.TUPLE(Types.STRING, Types.BOOLEAN))
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Tuple2<String, Boolean>>forMonotonousTimestamps()
                        .withTimestampAssigner((record, timestamp) -> 1))
                .keyBy(record -> record.f0)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(10)))
                .reduce((a, b) -> Tuple2.of("key", isCalledByTwin()))
                .executeAndCollect(10);
        assertThat(results).containsExactly(Tuple2.of("key", used));
    }

    private static boolean isCalledByTwin() {
        return StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES)
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().startsWith("dev.weir.flink.window.")
                        && frame.getClassName().contains("WindowTwin/")));
    }
}

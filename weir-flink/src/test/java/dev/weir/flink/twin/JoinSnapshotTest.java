package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.HarnessedSubtask.Format;
import dev.weir.flink.twin.HarnessedSubtask.Hands;
import dev.weir.flink.twin.HarnessedSubtask.Program;
import dev.weir.flink.twin.SnapshotScript.Lives;
import dev.weir.flink.twin.SnapshotScript.Seen;
import dev.weir.flink.twin.SnapshotScript.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.api.transformations.TwoInputTransformation;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Native interval joins, hosted ones and Flink's go on from one another's snapshots as if they were their own: at another
 * parallelism, in both formats, with the timers that Flink has.
 */
final class JoinSnapshotTest {
    private static final int PROGRAMS = Integer.getInteger("programs", 15);
    private static final List<Hands> FLINK = List.of(Hands.FLINK);
    private static final TypeInformation<Tuple2<Long, Long>> LEFT = Types.TUPLE(Types.LONG, Types.LONG);
    private static final TypeInformation<Tuple2<Long, String>> RIGHT = Types.TUPLE(Types.LONG, Types.STRING);
    private static final OutputTag<Tuple2<Long, Long>> LEFT_LATE = new OutputTag<>("left", LEFT);
    private static final OutputTag<Tuple2<Long, String>> RIGHT_LATE = new OutputTag<>("right", RIGHT);

    @ParameterizedTest
    @CsvSource({"NATIVE, FLINK", "FLINK, NATIVE", "NATIVE, NATIVE", "NATIVE, HOSTED", "HOSTED, NATIVE"})
    void joinsGoOnFromSnapshots(Hands first, Hands second) throws Exception {
        int results = 0;
        int inSnapshots = 0;
        for (int seed = 0; seed < PROGRAMS; seed++) {
            Lives lives = lives(seed);
            Seen expected = play(seed, lives, FLINK);
            SnapshotScript.compare(play(seed, lives, List.of(first, second)), expected, "seed=" + seed);
            results += expected.results().stream().mapToInt(List::size).sum();
            inSnapshots += expected.snapshots().stream().mapToInt(List::size).sum();
        }
        assertThat(results).isGreaterThan(20 * PROGRAMS);
        assertThat(inSnapshots).isGreaterThan(10 * PROGRAMS);
    }

    /** The heap is full in the middle of it. */
    @ParameterizedTest
    @CsvSource({"LEAVING, FLINK", "FLINK, LEAVING", "LEAVING, LEAVING", "LEAVING, NATIVE", "NATIVE, LEAVING"})
    void soDoThoseWhoseStateLeavesTheHeap(Hands first, Hands second) throws Exception {
        int left = 0;
        for (int seed = 0; seed < PROGRAMS; seed++) {
            Lives lives = lives(seed);
            Seen actual = play(seed, lives, List.of(first, second));
            SnapshotScript.compare(actual, play(seed, lives, FLINK), "seed=" + seed);
            left += Collections.frequency(actual.left(), true);
        }
        assertThat(left).isGreaterThan(PROGRAMS / 2);
    }

    private static Seen play(long seed, Lives lives, List<Hands> hands) throws Exception {
        return SnapshotScript.play(() -> program(seed), lives, hands, subtask -> {
            List<String> seen =
                    new ArrayList<>(subtask.timers(IntervalJoinOperator.class, "internalTimerService", true));
            seen.addAll(subtask.places("LEFT_BUFFER"));
            seen.addAll(subtask.places("RIGHT_BUFFER"));
            return seen;
        });
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the tests know no types
    private static Program program(long seed) {
        Random random = new Random(seed);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        KeyedStream<Tuple2<Long, Long>, Long> left =
                env.fromData(LEFT, Tuple2.of(0L, 0L)).keyBy(record -> record.f0);
        KeyedStream<Tuple2<Long, String>, Long> right =
                env.fromData(RIGHT, Tuple2.of(0L, "")).keyBy(record -> record.f0);
        int lower = random.nextInt(120) - 90;
        int upper = lower + random.nextInt(100);
        DataStream<String> joined = left.intervalJoin(right)
                .between(Duration.ofMillis(lower), Duration.ofMillis(upper))
                .sideOutputLeftLateData(LEFT_LATE)
                .sideOutputRightLateData(RIGHT_LATE)
                .process(new Pairs());
        TwoInputTransformation<?, ?, ?> transformation = (TwoInputTransformation<?, ?, ?>) joined.getTransformation();
        return new Program(
                (StreamOperatorFactory) transformation.getOperatorFactory(),
                List.of((KeySelector) transformation.getStateKeySelector1(), (KeySelector)
                        transformation.getStateKeySelector2()),
                (TypeInformation) transformation.getStateKeyType(),
                List.of((OutputTag) LEFT_LATE, (OutputTag) RIGHT_LATE));
    }

    private static final class Pairs extends ProcessJoinFunction<Tuple2<Long, Long>, Tuple2<Long, String>, String> {
        private static final long serialVersionUID = 1;

        @Override
        public void processElement(
                Tuple2<Long, Long> left, Tuple2<Long, String> right, Context context, Collector<String> out) {
            out.collect(left + " " + right + " " + context.getLeftTimestamp() + " " + context.getRightTimestamp());
        }
    }

    /** Three lives, over records out of order and some that are late. */
    private static Lives lives(long seed) {
        Random random = new Random(seed);
        int keys = 1 + random.nextInt(20);
        int disorder = 1 + random.nextInt(60);
        long watermark = Long.MIN_VALUE;
        List<List<Step>> lives = new ArrayList<>();
        List<Integer> parallelism = new ArrayList<>();
        for (int life = 0; life < 3; life++) {
            List<Step> steps = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                long now = 150L * life + i;
                if (random.nextInt(8) == 0) {
                    watermark = Math.max(watermark, now - random.nextInt(disorder));
                    long advanced = watermark;
                    steps.add(player -> player.watermark(advanced));
                }
                // as old as the watermark now and then, which is not late
                long timestamp = random.nextInt(10) == 0 && watermark != Long.MIN_VALUE
                        ? watermark
                        : now - random.nextInt(2 * disorder);
                long key = random.nextInt(keys);
                long value = random.nextInt(1_000);
                boolean left = random.nextBoolean();
                steps.add(player -> player.record(
                        left ? 0 : 1, left ? Tuple2.of(key, value) : Tuple2.of(key, "" + value), timestamp));
            }
            lives.add(steps);
            parallelism.add(1 + random.nextInt(3));
        }
        return new Lives(lives, parallelism, random.nextBoolean() ? Format.CHECKPOINT : Format.CANONICAL);
    }
}

package dev.weir.flink.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.HarnessedSubtask.Format;
import dev.weir.flink.twin.HarnessedSubtask.Hands;
import dev.weir.flink.twin.HarnessedSubtask.Program;
import dev.weir.flink.twin.SnapshotScript;
import dev.weir.flink.twin.SnapshotScript.Lives;
import dev.weir.flink.twin.SnapshotScript.Seen;
import dev.weir.flink.twin.SnapshotScript.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Native windows, hosted ones and Flink's go on from one another's snapshots as if they were their own: at another
 * parallelism, in both formats, with the timers that Flink has.
 */
final class WindowSnapshotTest {
    private static final int PROGRAMS = Integer.getInteger("programs", 15);
    private static final int STEPS = 120;
    private static final int AGGREGATES = 2;
    private static final List<Hands> FLINK = List.of(Hands.FLINK);

    @ParameterizedTest
    @CsvSource({
        "false, NATIVE, FLINK",
        "false, FLINK, NATIVE",
        "false, NATIVE, NATIVE",
        "false, NATIVE, HOSTED",
        "false, HOSTED, NATIVE",
        "true, NATIVE, FLINK",
        "true, FLINK, NATIVE",
        "true, NATIVE, NATIVE",
        "true, NATIVE, HOSTED",
        "true, HOSTED, NATIVE"
    })
    void windowsGoOnFromSnapshots(boolean sessions, Hands first, Hands second) throws Exception {
        int results = 0;
        int inSnapshots = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            int kind = 1 + i % 5;
            Seen expected = compared(i, kind, sessions, false, List.of(first, second));
            results += expected.results().stream().mapToInt(List::size).sum();
            inSnapshots += expected.snapshots().stream().mapToInt(List::size).sum();
        }
        assertThat(results).isGreaterThan(20 * PROGRAMS);
        assertThat(inSnapshots).isGreaterThan(10 * PROGRAMS);
    }

    /** A null drops the contents of its key, whose timers stay: the function hears of the end of the window all the same. */
    @ParameterizedTest
    @CsvSource({"NATIVE, FLINK", "FLINK, NATIVE", "NATIVE, NATIVE", "NATIVE, HOSTED", "HOSTED, NATIVE"})
    void soDoWindowsOfWhichNullsDroppedContents(Hands first, Hands second) throws Exception {
        int results = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            int kind = 1 + i % 2;
            Seen expected = compared(i, kind, false, true, List.of(first, second));
            results += expected.results().stream().mapToInt(List::size).sum();
        }
        assertThat(results).isGreaterThan(20 * PROGRAMS);
    }

    /**
     * The heap is full in the middle of it. Reductions are left out where windows may slide: those of a key begin with one
     * object, which the function changes in all of them as long as they are on the heap.
     */
    @ParameterizedTest
    @CsvSource({
        "false, false, LEAVING, FLINK",
        "false, false, FLINK, LEAVING",
        "false, false, LEAVING, LEAVING",
        "false, false, NATIVE, LEAVING",
        "false, true, LEAVING, LEAVING",
        "true, false, LEAVING, FLINK",
        "true, false, FLINK, LEAVING",
        "true, false, LEAVING, LEAVING",
        "true, false, LEAVING, NATIVE"
    })
    void soDoWindowsWhoseStateLeavesTheHeap(boolean sessions, boolean nulls, Hands first, Hands second)
            throws Exception {
        int left = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            int kind = nulls ? AGGREGATES : sessions ? 1 + i % 5 : AGGREGATES + i % 4;
            boolean eventTime = i % 3 != 0;
            Lives lives = lives(i, eventTime, nulls, 3 * STEPS);
            Seen actual = play(i, kind, sessions, eventTime, lives, List.of(first, second));
            SnapshotScript.compare(actual, play(i, kind, sessions, eventTime, lives, FLINK), "seed=" + i);
            left += Collections.frequency(actual.left(), true);
        }
        assertThat(left).isGreaterThan(PROGRAMS / 2);
    }

    /** What Flink has seen, which is what these have. */
    private static Seen compared(int seed, int kind, boolean sessions, boolean nulls, List<Hands> hands)
            throws Exception {
        boolean eventTime = seed % 3 != 0;
        Lives lives = lives(seed, eventTime, nulls, STEPS);
        Seen expected = play(seed, kind, sessions, eventTime, lives, FLINK);
        Seen actual = play(seed, kind, sessions, eventTime, lives, hands);
        SnapshotScript.compare(actual, expected, "seed=" + seed);
        return expected;
    }

    private static Seen play(long seed, int kind, boolean sessions, boolean eventTime, Lives lives, List<Hands> hands)
            throws Exception {
        return SnapshotScript.play(() -> program(seed, kind, sessions, eventTime), lives, hands, subtask -> {
            List<String> seen =
                    new ArrayList<>(subtask.timers(WindowOperator.class, "internalTimerService", eventTime));
            seen.addAll(subtask.places("window-contents"));
            seen.addAll(subtask.places("merging-window-set"));
            return seen;
        });
    }

    private static Program program(long seed, int kind, boolean sessions, boolean eventTime) {
        return new RandomWindows(seed, kind, sessions).program(eventTime);
    }

    /** Three lives, over records out of order and some that are late. */
    private static Lives lives(long seed, boolean eventTime, boolean nulls, int steps) {
        Random random = new Random(seed);
        int keys = 1 + random.nextInt(20);
        int disorder = 1 + random.nextInt(60);
        long base = random.nextInt(5) == 0 ? -300 : random.nextInt(1_000);
        long watermark = Long.MIN_VALUE;
        List<List<Step>> lives = new ArrayList<>();
        List<Integer> parallelism = new ArrayList<>();
        for (int life = 0; life < 3; life++) {
            List<Step> script = new ArrayList<>();
            for (int i = 0; i < steps; i++) {
                long now = base + (long) steps * life + i;
                if (!eventTime) {
                    long clock = Math.max(0, 400 + now);
                    script.add(player -> player.processingTime(clock));
                } else if (random.nextInt(8) == 0) {
                    watermark = Math.max(watermark, now - random.nextInt(disorder));
                    long advanced = watermark;
                    script.add(player -> player.watermark(advanced));
                }
                long timestamp = random.nextInt(50) == 0 ? now - 200 : now - random.nextInt(2 * disorder);
                long key = random.nextInt(keys);
                long value = random.nextInt(1_000);
                boolean isNull = nulls && random.nextInt(6) == 0;
                script.add(player -> player.record(0, isNull ? null : Tuple3.of(key, value, timestamp), timestamp));
            }
            lives.add(script);
            parallelism.add(1 + random.nextInt(3));
        }
        long end = base + 100_000;
        lives.get(2).add(player -> player.watermark(end));
        lives.get(2).add(player -> player.processingTime(end));
        return new Lives(lives, parallelism, random.nextBoolean() ? Format.CHECKPOINT : Format.CANONICAL);
    }
}

package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.HarnessedSubtask.Format;
import dev.weir.flink.twin.HarnessedSubtask.Hands;
import dev.weir.flink.twin.HarnessedSubtask.Program;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/**
 * A stream that an operator works on in several lives: at the end of each it is cut, goes on for a while, and only then the
 * snapshot is written, from which the next life starts, perhaps with another parallelism and in other hands.
 */
public final class SnapshotScript {

    /** What happens at one moment, the same for all who play the script. */
    public interface Step {

        /** The records are made anew for each player, since functions may change them. */
        void play(Player player) throws Exception;
    }

    /** Takes what happens. */
    public interface Player {
        void record(int input, Object value, long timestamp) throws Exception;

        void watermark(long watermark) throws Exception;

        void processingTime(long time) throws Exception;
    }

    /**
     * The lives of an operator.
     *
     * @param parallelism by life
     */
    public record Lives(List<List<Step>> steps, List<Integer> parallelism, Format format) {}

    /** What there was to see: results by step, what was in the snapshots, and in which lives state had left the heap. */
    public record Seen(List<List<String>> results, List<List<String>> snapshots, List<Boolean> left) {}

    /** Lists what is in a restored snapshot. */
    public interface Inspection {
        List<String> of(HarnessedSubtask subtask) throws Exception;
    }

    private static final int STEPS_AFTER_CUT = 40;

    private SnapshotScript() {}

    /** Plays the script in the hands of one runtime after the other. */
    public static Seen play(Supplier<Program> program, Lives lives, List<Hands> hands, Inspection inspection)
            throws Exception {
        Seen seen = new Seen(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        OperatorSubtaskState state = null;
        for (int life = 0; life < lives.steps().size(); life++) {
            int parallelism = lives.parallelism().get(life);
            int before = life == 0 ? 1 : lives.parallelism().get(life - 1);
            Group group = new Group(program, hands.get(life % hands.size()), parallelism, before, state);
            for (Step step : lives.steps().get(life)) {
                step.play(group);
                seen.results().add(group.drain());
            }
            boolean last = life + 1 == lives.steps().size();
            seen.left().add(group.hasLeft());
            state = last ? null : group.cutAndGoOn(lives.format(), lives.steps().get(life + 1));
            group.close();
            if (state != null) {
                Group restored = new Group(program, Hands.FLINK, 1, parallelism, state);
                seen.snapshots().add(inspection.of(restored.subtasks.get(0)));
                restored.close();
            }
        }
        return seen;
    }

    /** Requires that two have seen the same. */
    public static void compare(Seen actual, Seen expected, String name) {
        for (int i = 0; i < expected.snapshots().size(); i++) {
            assertThat(actual.snapshots().get(i))
                    .as(name + " snapshot " + i)
                    .isEqualTo(expected.snapshots().get(i));
        }
        for (int i = 0; i < expected.results().size(); i++) {
            assertThat(actual.results().get(i))
                    .as(name + " step " + i)
                    .isEqualTo(expected.results().get(i));
        }
    }

    private static final class Group implements Player {
        private final Program program;
        private final Hands hands;
        private final List<HarnessedSubtask> subtasks = new ArrayList<>();

        Group(
                Supplier<Program> programs,
                Hands hands,
                int parallelism,
                int parallelismBefore,
                @Nullable OperatorSubtaskState state)
                throws Exception {
            this.hands = hands;
            program = programs.get();
            for (int i = 0; i < parallelism; i++) {
                OperatorSubtaskState part = state == null
                        ? null
                        : AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, HarnessedSubtask.KEY_GROUPS, parallelismBefore, parallelism, i);
                subtasks.add(new HarnessedSubtask(programs.get(), hands, parallelism, i, part));
            }
        }

        @Override
        public void record(int input, Object value, long timestamp) throws Exception {
            Object key = program.selectors().get(input).getKey(value);
            subtasks.get(KeyGroupRangeAssignment.assignKeyToParallelOperator(
                            key, HarnessedSubtask.KEY_GROUPS, subtasks.size()))
                    .record(input, value, timestamp);
        }

        @Override
        public void watermark(long watermark) throws Exception {
            for (HarnessedSubtask subtask : subtasks) {
                subtask.watermark(watermark);
            }
        }

        @Override
        public void processingTime(long time) throws Exception {
            for (HarnessedSubtask subtask : subtasks) {
                subtask.processingTime(time);
            }
        }

        List<String> drain() {
            List<String> drained = new ArrayList<>();
            subtasks.forEach(subtask -> drained.addAll(subtask.drain()));
            Collections.sort(drained);
            return drained;
        }

        OperatorSubtaskState cutAndGoOn(Format format, List<Step> next) throws Exception {
            List<OperatorSnapshotFutures> cuts = new ArrayList<>();
            for (HarnessedSubtask subtask : subtasks) {
                cuts.add(subtask.cut(isInSeveralForms() ? Format.CANONICAL : format));
            }
            for (Step step : next.subList(0, Math.min(next.size(), STEPS_AFTER_CUT))) {
                step.play(this);
            }
            List<OperatorSubtaskState> written = new ArrayList<>();
            for (OperatorSnapshotFutures cut : cuts) {
                written.add(HarnessedSubtask.write(cut));
            }
            return AbstractStreamOperatorTestHarness.repackageState(written.toArray(OperatorSubtaskState[]::new));
        }

        /** Checkpoints of the heap and others beside each other, which Flink does not restore. */
        private boolean isInSeveralForms() {
            return hasLeft() && subtasks.stream().anyMatch(HarnessedSubtask::isOnHeap);
        }

        boolean hasLeft() {
            return hands == Hands.LEAVING && subtasks.stream().anyMatch(subtask -> !subtask.isOnHeap());
        }

        void close() throws Exception {
            for (HarnessedSubtask subtask : subtasks) {
                subtask.close();
            }
        }
    }
}

package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTableTest {
    private static final FrameTable TABLE = FrameTable.of(List.of(
            "# a comment",
            "",
            "within CHECKPOINT  engine.Chain.checkpoint",
            "top    OUTSIDE     sun.nio.",
            "own    STATE       engine.state.",
            "calls  STATE       engine.state.Reducing",
            "own    TIMERS      engine.state.Timer",
            "own    SERIALIZATION engine.copy.",
            "calls  RUNTIME     engine.",
            "own    USER_CODE   engine.examples.",
            "pass   -           java.",
            "pass   -           sun."));

    static List<StackTraceElement> frames(String... names) {
        return Arrays.stream(names)
                .map(name -> new StackTraceElement(
                        name.substring(0, name.lastIndexOf('.')),
                        name.substring(name.lastIndexOf('.') + 1),
                        "File.java",
                        1))
                .toList();
    }

    private static FrameTable.Verdict running(String... frames) {
        return TABLE.classify(new StackSample(Thread.State.RUNNABLE, frames(frames)));
    }

    private static FrameTable.Verdict verdict(Activity activity, String frame) {
        return new FrameTable.Verdict(activity, frame);
    }

    @Test
    void whatTheTableDoesNotKnowIsTheUsers() {
        assertThat(running("java.Math.sin", "org.Lib.call", "org.My.map", "engine.Loop.step"))
                .isEqualTo(verdict(Activity.USER_CODE, "org.Lib.call"));
        assertThat(running("engine.examples.Count.map", "engine.Loop.step"))
                .isEqualTo(verdict(Activity.USER_CODE, "engine.examples.Count.map"));
        assertThat(running("org.Thread.run").activity()).isEqualTo(Activity.USER_CODE);
    }

    @Test
    void whatOperatorsDoThemselvesIsNot() {
        assertThat(running("java.Map.get", "engine.Loop.step"))
                .isEqualTo(verdict(Activity.RUNTIME, "engine.Loop.step"));
        assertThat(running("java.Thread.run")).isEqualTo(verdict(Activity.RUNTIME, "java.Thread.run"));
        assertThat(running().activity()).isEqualTo(Activity.RUNTIME);
    }

    @Test
    void theInnermostDecidesAndTheUsersCallIsShown() {
        assertThat(running("java.Map.get", "engine.state.Heap.get", "org.My.map", "engine.Loop.step"))
                .isEqualTo(verdict(Activity.STATE, "org.My.map"));
        assertThat(running("engine.state.TimerQueue.add", "org.My.onTimer", "engine.Loop.step")
                        .activity())
                .isEqualTo(Activity.TIMERS);
        assertThat(running("org.Key.equals", "engine.state.Heap.get", "engine.Loop.step")
                        .activity())
                .isEqualTo(Activity.STATE);
        assertThat(running("org.My.reduce", "engine.state.Reducing.add", "engine.Loop.step")
                        .activity())
                .isEqualTo(Activity.USER_CODE);
    }

    @Test
    void serializersAreOfWhoeverNeedsThem() {
        assertThat(running("org.Own.copy", "engine.copy.Copier.copy", "engine.Loop.step"))
                .isEqualTo(verdict(Activity.SERIALIZATION, "org.Own.copy"));
        assertThat(running("engine.copy.Copier.copy", "java.X.y", "engine.state.Rocks.get", "org.My.map", "engine.L.s")
                        .activity())
                .isEqualTo(Activity.STATE);
        assertThat(running("engine.copy.Copier.copy", "org.My.map", "engine.state.Reducing.add", "engine.Loop.step")
                        .activity())
                .isEqualTo(Activity.SERIALIZATION);
        assertThat(running("engine.copy.Copier.copy").activity()).isEqualTo(Activity.SERIALIZATION);
    }

    @Test
    void whoeverIsOffTheCpuWaitsForSomethingOutside() {
        StackSample parked =
                new StackSample(Thread.State.TIMED_WAITING, frames("java.Thread.sleep", "org.My.map", "engine.L.s"));
        assertThat(TABLE.classify(parked)).isEqualTo(verdict(Activity.OUTSIDE, "org.My.map"));
        assertThat(running("sun.nio.Net.read", "java.Socket.read", "org.My.map", "engine.L.s"))
                .as("a system call")
                .isEqualTo(verdict(Activity.OUTSIDE, "org.My.map"));
        assertThat(running("java.X.y", "sun.nio.Buffers.get", "org.My.map").activity())
                .isEqualTo(Activity.USER_CODE);
    }

    @Test
    void aCheckpointIsOneWhateverItDoes() {
        StackSample parked = new StackSample(
                Thread.State.WAITING, frames("java.Park.park", "org.My.snapshot", "engine.Chain.checkpoint"));
        assertThat(TABLE.classify(parked)).isEqualTo(verdict(Activity.CHECKPOINT, "org.My.snapshot"));
    }

    @Test
    void numbersOfTheJvmAreLeftOut() {
        assertThat(running("org.My$$Lambda$14/0x00007f0a.apply").frame()).isEqualTo("org.My$$Lambda.apply");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"own STATE", "own NOTHING a.", "some STATE a.", "pass STATE a.", "own - a.", "own STATE a. b."})
    void aLineThatIsNoneIsRefused(String line) {
        assertThatThrownBy(() -> FrameTable.of(List.of(line))).isInstanceOf(IllegalArgumentException.class);
    }
}

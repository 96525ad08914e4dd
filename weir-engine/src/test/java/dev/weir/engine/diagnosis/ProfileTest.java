package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTest {
    private static final FrameTable TABLE = FrameTable.of(List.of(
            "within EXCHANGE engine.Signal.sleep", "own STATE engine.Store", "calls RUNTIME engine.", "pass - java."));

    private static StackSample sample(Thread.State state, String... frames) {
        return new StackSample(state, FrameTableTest.frames(frames));
    }

    private static List<StackSample> times(int count, StackSample sample) {
        List<StackSample> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(sample);
        }
        return all;
    }

    @Test
    void sharesAreOfTheBusyTime() {
        List<StackSample> samples = new ArrayList<>();
        samples.addAll(times(60, sample(Thread.State.RUNNABLE, "org.My.map", "engine.Loop.step")));
        samples.addAll(times(20, sample(Thread.State.RUNNABLE, "engine.Store.get", "org.My.map", "engine.Loop.step")));
        samples.addAll(times(20, sample(Thread.State.WAITING, "java.Park.park", "engine.Signal.sleep", "engine.L.s")));

        Profile profile = Profile.of(samples, TABLE, 0);

        assertThat(profile.looks()).isEqualTo(100);
        assertThat(profile.busyLooks()).isEqualTo(80);
        assertThat(profile.shares())
                .containsExactly(new Profile.Share(Activity.USER_CODE, 0.75), new Profile.Share(Activity.STATE, 0.25));
        assertThat(profile.methods())
                .containsExactly(
                        new Profile.Method("org.My.map", Activity.USER_CODE, 0.75),
                        new Profile.Method("org.My.map", Activity.STATE, 0.25));
    }

    @Test
    void collectionsTakeFromTheRest() {
        // half of the time is paused; of the other half a quarter is busy
        List<StackSample> samples = new ArrayList<>();
        samples.addAll(times(25, sample(Thread.State.RUNNABLE, "org.My.map", "engine.Loop.step")));
        samples.addAll(times(75, sample(Thread.State.WAITING, "engine.Signal.sleep")));

        Profile profile = Profile.of(samples, TABLE, 0.5);

        assertThat(profile.share(Activity.GC)).isCloseTo(0.8, within(1e-9));
        assertThat(profile.share(Activity.USER_CODE)).isCloseTo(0.2, within(1e-9));
        assertThat(profile.shares().get(0).activity()).isEqualTo(Activity.GC);
    }

    @Test
    void whoOnlyWaitsHasNoShares() {
        assertThat(Profile.of(times(3, sample(Thread.State.WAITING, "engine.Signal.sleep")), TABLE, 0.3)
                        .shares())
                .isEmpty();
        assertThat(Profile.of(List.of(), TABLE, 0).looks()).isZero();
    }
}

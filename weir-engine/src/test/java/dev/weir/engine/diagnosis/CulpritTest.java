package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.diagnosis.Profile.Method;
import dev.weir.engine.diagnosis.Profile.Share;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CulpritTest {
    private static final Profile RUNTIME_ONLY = new Profile(10, 10, List.of(new Share(Activity.RUNTIME, 1)), List.of());

    private static List<String> reasons(Profile profile, long[] records, @Nullable KeySpread keys) {
        return Culprit.of("id", "name", List.of("above"), 0.99, profile, records, keys)
                .reasons();
    }

    private static KeySpread keys(long records, double share) {
        return new KeySpread(records, List.of(new KeySpread.Key("'a'", share, 1)), List.of(), 1);
    }

    @Test
    void whatTakesMuchOfTheTimeIsAReason() {
        Profile profile = new Profile(
                10,
                10,
                List.of(
                        new Share(Activity.USER_CODE, 0.45),
                        new Share(Activity.RUNTIME, 0.25),
                        new Share(Activity.STATE, 0.19),
                        new Share(Activity.GC, 0.11)),
                List.of(new Method("org.My.map", Activity.USER_CODE, 0.4)));

        assertThat(reasons(profile, new long[] {10}, null))
                .containsExactly(
                        "user code: 45 % of the busy time, most in org.My.map",
                        "garbage collection: 11 % of the busy time");
    }

    @Test
    void whereNothingElseIsTheRuntimeIs() {
        assertThat(reasons(RUNTIME_ONLY, new long[] {10}, null))
                .containsExactly("operators and runtime: 100 % of the busy time");
    }

    @Test
    void aSubtaskThatReadsTwiceTheMeanIsSkew() {
        assertThat(reasons(RUNTIME_ONLY, new long[] {10, 10, 70, 10}, null))
                .containsExactly("skew: subtask 3 of 4 reads 2.8 times the mean");
        assertThat(reasons(RUNTIME_ONLY, new long[] {10, 10, 20, 10}, null))
                .noneMatch(reason -> reason.startsWith("skew"));
        assertThat(reasons(RUNTIME_ONLY, new long[] {0, 0}, null)).noneMatch(reason -> reason.startsWith("skew"));
    }

    @Test
    void aKeyThatTakesMoreThanASubtasksPartIsHot() {
        assertThat(reasons(RUNTIME_ONLY, new long[] {10, 10}, keys(1_000, 0.6)))
                .containsExactly("hot key 'a': 60 % of the records");
        assertThat(reasons(RUNTIME_ONLY, new long[] {10, 10}, keys(1_000, 0.5)))
                .as("two even keys on two subtasks")
                .noneMatch(reason -> reason.startsWith("hot"));
        assertThat(reasons(RUNTIME_ONLY, new long[] {10}, keys(1_000, 1)))
                .as("nobody to share with")
                .noneMatch(reason -> reason.startsWith("hot"));
        assertThat(reasons(RUNTIME_ONLY, new long[] {10, 10}, keys(19, 1)))
                .as("too few records")
                .noneMatch(reason -> reason.startsWith("hot"));
    }
}

package dev.weir.flink.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run.
 *
 * @param lines what each subtask of each sink saw, in order
 * @param accumulators by name, as text
 * @param operators a line for each operator and subtask: what it counted; empty where nobody looked
 * @param failure the root cause, null where the job ended well
 */
record Outcome(
        Map<String, List<String>> lines,
        Map<String, String> accumulators,
        List<String> operators,
        @Nullable String failure) {

    /** How far a job came depends on the order in which windows fire, so nothing else is known of one that failed. */
    static Outcome failed(Throwable failure) {
        return new Outcome(Map.of(), Map.of(), List.of(), root(failure));
    }

    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String type = root instanceof SerializedThrowable standIn
                ? standIn.getOriginalErrorClassName()
                : root.getClass().getName();
        return type + ": " + String.valueOf(root.getMessage()).replace(type + ": ", "");
    }

    /**
     * Fails where this is not the other.
     *
     * @param unordered sinks that may see their elements in another order
     */
    void requireEqual(Outcome expected, Set<String> unordered, long seed) {
        String job = "-Dweir.seed=" + seed;
        assertThat(failure).as(job + ", failure").isEqualTo(expected.failure);
        assertThat(accumulators).as(job + ", accumulators").isEqualTo(expected.accumulators);
        assertThat(operators).as(job + ", counters").isEqualTo(expected.operators);
        assertThat(canonical(unordered)).as(job + ", results").isEqualTo(expected.canonical(unordered));
    }

    private Map<String, List<String>> canonical(Set<String> unordered) {
        Map<String, List<String>> canonical = new TreeMap<>();
        lines.forEach((page, written) -> {
            List<String> sorted = new ArrayList<>(written);
            if (unordered.contains(page.substring(0, page.indexOf('/')))) {
                sorted.sort(null);
            }
            canonical.put(page, sorted);
        });
        return canonical;
    }
}

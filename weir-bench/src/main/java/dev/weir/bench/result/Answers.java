package dev.weir.bench.result;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Holds the answers of all runs of a job against each other. */
public final class Answers {
    private Answers() {}

    /** What differs, one line for each run whose answer is not that of the first run of its job. */
    public static List<String> disagreements(List<Run> runs) {
        Map<String, Run> first = new HashMap<>();
        List<String> found = new ArrayList<>();
        for (Run run : runs) {
            Run other = first.putIfAbsent(run.job(), run);
            if (other != null && !run.agreesWith(other)) {
                found.add("answers differ: " + run.job() + " has " + answer(run) + " but " + answer(other));
            }
        }
        return found;
    }

    private static String answer(Run run) {
        return "records=" + run.answerRecords() + " checksum=" + run.answerChecksum() + " on "
                + run.contender().key();
    }
}

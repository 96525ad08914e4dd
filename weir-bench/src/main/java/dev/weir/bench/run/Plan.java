package dev.weir.bench.run;

import dev.weir.bench.job.Job;
import dev.weir.bench.result.Contender;
import dev.weir.bench.result.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which processes are started, in which order. */
final class Plan {
    private Plan() {}

    /**
     * Rounds over all jobs, so that whatever else the machine does meets all of them; within a job the contenders take turns
     * in being first.
     */
    static List<Task> of(
            List<Job> jobs,
            List<Contender> contenders,
            List<Boolean> reuses,
            int rounds,
            double scale,
            @Nullable Boolean nativeOperators) {
        List<Task> tasks = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            for (Job job : jobs) {
                List<Task> turn = new ArrayList<>();
                for (Contender contender : contenders) {
                    for (boolean reuse : contender.isEngine() ? reuses : List.of(false)) {
                        turn.add(new Task(job.name(), contender, reuse, round, scale, nativeOperators, null));
                    }
                }
                Collections.rotate(turn, round - 1);
                tasks.addAll(turn);
            }
        }
        return tasks;
    }

    /** The same tasks with one process for all of a contender. */
    static List<List<Task>> together(List<Task> tasks) {
        return List.copyOf(tasks.stream()
                .collect(Collectors.groupingBy(Task::contender, LinkedHashMap::new, Collectors.toList()))
                .values());
    }
}

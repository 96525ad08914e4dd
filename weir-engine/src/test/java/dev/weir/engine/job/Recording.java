package dev.weir.engine.job;

import dev.weir.engine.task.SubtaskId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An observer that keeps what it hears. */
final class Recording implements JobObserver {
    private final List<JobState> jobStates = new ArrayList<>();
    private final Map<String, List<SubtaskState>> subtaskStates = new LinkedHashMap<>();
    private final List<Throwable> secondary = new ArrayList<>();

    @Override
    public synchronized void onSubtask(
            SubtaskId subtask, SubtaskState state, long epochMillis, @Nullable Throwable failure) {
        subtaskStates
                .computeIfAbsent(subtask.toString(), name -> new ArrayList<>())
                .add(state);
    }

    @Override
    public synchronized void onJob(JobState state, long epochMillis, @Nullable Throwable failure) {
        jobStates.add(state);
    }

    @Override
    public synchronized void onSecondaryFailure(SubtaskId subtask, Throwable failure) {
        secondary.add(failure);
    }

    synchronized List<JobState> jobStates() {
        return List.copyOf(jobStates);
    }

    synchronized List<SubtaskState> subtaskStates(String subtask) {
        return List.copyOf(subtaskStates.get(subtask));
    }

    synchronized List<Throwable> secondary() {
        return List.copyOf(secondary);
    }
}

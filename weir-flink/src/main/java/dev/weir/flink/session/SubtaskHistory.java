package dev.weir.flink.session;

import dev.weir.engine.job.Dataflow;
import dev.weir.engine.task.SubtaskId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.IOMetrics;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** The latest attempt of every subtask of a job, with the times of its states. Thread-safe. */
final class SubtaskHistory {
    private record Key(int vertex, int index) {}

    private static final class Entry {
        private int attempt;
        private ExecutionState state = ExecutionState.CREATED;
        private final Map<ExecutionState, Long> timestamps = new EnumMap<>(ExecutionState.class);
        private @Nullable Throwable failure;
        private @Nullable IOMetrics counts;
    }

    private final Map<Key, Entry> entries = new LinkedHashMap<>();

    /** Every subtask exists from the start, in the order of the dataflow. */
    synchronized void expect(Dataflow dataflow) {
        long now = System.currentTimeMillis();
        for (int vertex = 0; vertex < dataflow.vertices().size(); vertex++) {
            for (int index = 0; index < dataflow.vertices().get(vertex).parallelism(); index++) {
                Entry entry = new Entry();
                entry.timestamps.put(ExecutionState.CREATED, now);
                entries.put(new Key(vertex, index), entry);
            }
        }
    }

    /** @param counts of the attempt, null while it has not ended */
    synchronized void enter(
            SubtaskId subtask,
            ExecutionState state,
            long epochMillis,
            @Nullable Throwable failure,
            @Nullable IOMetrics counts) {
        Entry entry = entries.computeIfAbsent(new Key(subtask.vertex(), subtask.index()), key -> new Entry());
        if (subtask.attempt() > entry.attempt) {
            entry.attempt = subtask.attempt();
            entry.timestamps.clear();
        }
        entry.state = state;
        entry.timestamps.put(state, epochMillis);
        // the user's classes go when the job ends, and this stays
        entry.failure = failure == null ? null : new SerializedThrowable(failure);
        entry.counts = counts;
    }

    synchronized List<WeirJob.SubtaskView> views() {
        List<WeirJob.SubtaskView> views = new ArrayList<>();
        entries.forEach((key, entry) -> views.add(new WeirJob.SubtaskView(
                key.vertex(),
                key.index(),
                entry.attempt,
                entry.state,
                Map.copyOf(entry.timestamps),
                entry.failure,
                entry.counts)));
        return views;
    }
}

package dev.weir.flink.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.io.InputSplit;
import org.apache.flink.core.io.InputSplitAssigner;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.jspecify.annotations.Nullable;

/** The splits of a job's classic input formats, and which subtask has which. Thread-safe. */
public final class InputSplits {
    private final Map<JobVertexID, InputSplitAssigner> assigners = new HashMap<>();
    private final Map<ExecutionVertexID, List<InputSplit>> assigned = new HashMap<>();

    /** Says where a vertex gets its splits; called before the job starts. */
    public synchronized void assign(JobVertexID vertex, InputSplitAssigner assigner) {
        assigners.put(vertex, assigner);
    }

    synchronized @Nullable InputSplit next(JobVertexID vertex, int subtask) {
        InputSplitAssigner assigner = assigners.get(vertex);
        InputSplit split = assigner == null ? null : assigner.getNextInputSplit("localhost", subtask);
        if (split != null) {
            assigned.computeIfAbsent(new ExecutionVertexID(vertex, subtask), id -> new ArrayList<>())
                    .add(split);
        }
        return split;
    }

    /** A subtask will run again: what it has had is handed out once more, to whoever asks first, as in Flink. */
    public synchronized void giveBack(JobVertexID vertex, int subtask) {
        InputSplitAssigner assigner = assigners.get(vertex);
        List<InputSplit> had = assigned.remove(new ExecutionVertexID(vertex, subtask));
        if (assigner != null && had != null) {
            assigner.returnInputSplit(had, subtask);
        }
    }
}

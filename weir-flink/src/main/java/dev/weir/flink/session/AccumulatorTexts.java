package dev.weir.flink.session;

import java.util.Map;
import org.apache.flink.runtime.accumulators.StringifiedAccumulatorResult;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;

/** What the accumulators of a job and of its parts have come to, as Flink writes them for its web UI. Immutable. */
public record AccumulatorTexts(
        StringifiedAccumulatorResult[] ofJob,
        Map<JobVertexID, StringifiedAccumulatorResult[]> ofVertices,
        Map<ExecutionVertexID, StringifiedAccumulatorResult[]> ofSubtasks) {
    private static final StringifiedAccumulatorResult[] NONE = new StringifiedAccumulatorResult[0];

    /** Of a job that has none. */
    public static final AccumulatorTexts EMPTY = new AccumulatorTexts(NONE, Map.of(), Map.of());

    /** Of one vertex, over all its subtasks. */
    public StringifiedAccumulatorResult[] of(JobVertexID vertex) {
        return ofVertices.getOrDefault(vertex, NONE);
    }

    /** Of one subtask's present attempt. */
    public StringifiedAccumulatorResult[] of(JobVertexID vertex, int subtask) {
        return ofSubtasks.getOrDefault(new ExecutionVertexID(vertex, subtask), NONE);
    }
}

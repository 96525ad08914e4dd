package dev.weir.flink.metric;

import dev.weir.engine.task.BackpressureLevel;
import java.util.List;
import org.apache.flink.runtime.jobgraph.JobVertexID;

/**
 * What the running subtasks of a vertex do with their time. Immutable.
 *
 * @param subtasks by index
 */
public record VertexLoad(JobVertexID id, String name, List<SubtaskLoad> subtasks) {

    public VertexLoad {
        subtasks = List.copyOf(subtasks);
    }

    /** Of the subtask that is held back most. */
    public BackpressureLevel backpressure() {
        return BackpressureLevel.ofVertex(
                subtasks.stream().map(SubtaskLoad::backpressured).toList());
    }
}

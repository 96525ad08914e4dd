package dev.weir.flink.diagnosis;

import dev.weir.engine.diagnosis.Bottlenecks;
import dev.weir.engine.diagnosis.VertexTimes;
import dev.weir.flink.metric.SubtaskLoad;
import dev.weir.flink.metric.VertexLoad;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;

/** Finds the bottlenecks of a job. Pure. */
public final class JobVertices {
    private JobVertices() {}

    /**
     * The vertices that hold others back, each with those that it holds back directly.
     *
     * @param loads of the vertices that run, in topological order
     */
    public static Map<VertexLoad, List<VertexLoad>> bottlenecks(JobGraph graph, List<VertexLoad> loads) {
        Map<JobVertexID, Integer> places = new HashMap<>();
        for (int i = 0; i < loads.size(); i++) {
            places.put(loads.get(i).id(), i);
        }
        List<Bottlenecks.Edge> edges = new ArrayList<>();
        for (JobVertex vertex : graph.getVertices()) {
            Integer target = places.get(vertex.getID());
            for (JobEdge input : vertex.getInputs()) {
                Integer source = places.get(input.getSource().getProducer().getID());
                if (source != null && target != null) {
                    edges.add(new Bottlenecks.Edge(source, target));
                }
            }
        }
        Map<VertexLoad, List<VertexLoad>> found = new LinkedHashMap<>();
        Bottlenecks.find(loads.stream().map(JobVertices::times).toList(), edges)
                .forEach((culprit, held) -> found.put(
                        loads.get(culprit), held.stream().map(loads::get).toList()));
        return found;
    }

    static VertexTimes times(VertexLoad vertex) {
        double backpressured = 0;
        double busy = 0;
        for (SubtaskLoad subtask : vertex.subtasks()) {
            backpressured = Math.max(backpressured, subtask.backpressured());
            busy = Math.max(busy, subtask.busy());
        }
        return new VertexTimes(busy, backpressured);
    }
}

package dev.weir.flink.metric;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.MetricOptions.JobStatusMetricsSettings;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.metrics.AllSubTasksRunningOrFinishedStateTimeMetrics;
import org.apache.flink.runtime.scheduler.metrics.DeploymentStateTimeMetrics;
import org.apache.flink.runtime.scheduler.metrics.ExecutionStatusMetricsRegistrar;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;

/** Tells Flink's measures of deployments what becomes of a job's subtasks. Thread-safe. */
final class Deployments {
    private final ExecutionGraphID graph = new ExecutionGraphID();
    private final List<ExecutionStatusMetricsRegistrar> measures = new ArrayList<>(2);
    private final Map<ExecutionVertexID, Latest> latest = new HashMap<>();

    private record Latest(ExecutionAttemptID attempt, ExecutionState state) {}

    Deployments(JobType type, JobStatusMetricsSettings settings) {
        measures.add(new DeploymentStateTimeMetrics(type, settings));
        if (type == JobType.STREAMING) {
            measures.add(new AllSubTasksRunningOrFinishedStateTimeMetrics(type, settings));
        }
    }

    List<ExecutionStatusMetricsRegistrar> measures() {
        return measures;
    }

    synchronized void scheduled(JobVertexID vertex, int subtask, int attempt) {
        ExecutionVertexID id = new ExecutionVertexID(vertex, subtask);
        step(
                id,
                new Latest(new ExecutionAttemptID(graph, id, attempt), ExecutionState.CREATED),
                ExecutionState.SCHEDULED);
    }

    synchronized void entered(JobVertexID vertex, int subtask, int attempt, ExecutionState state) {
        ExecutionVertexID id = new ExecutionVertexID(vertex, subtask);
        Latest known = latest.get(id);
        if (known == null || known.attempt().getAttemptNumber() < attempt) {
            scheduled(vertex, subtask, attempt);
            known = latest.get(id);
        }
        if (known != null && known.attempt().getAttemptNumber() == attempt && state != known.state()) {
            step(id, known, state);
        }
    }

    private void step(ExecutionVertexID id, Latest from, ExecutionState to) {
        measures.forEach(measure -> measure.onStateUpdate(from.attempt(), from.state(), to));
        latest.put(id, new Latest(from.attempt(), to));
    }
}

package dev.weir.flink.session;

import dev.weir.flink.coordination.JobCoordinators;
import dev.weir.flink.coordination.SubtaskGateway;
import dev.weir.flink.host.JobScope;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** The subtasks' way to the coordinators. */
record SubtaskCoordination(JobCoordinators coordinators) implements JobScope.Coordination {
    @Override
    public void ready(JobVertexID vertex, int subtask, int attempt, SubtaskGateway gateway) {
        coordinators.subtaskReady(vertex, subtask, attempt, gateway);
    }

    @Override
    public void send(OperatorID operator, int subtask, int attempt, OperatorEvent event) {
        coordinators.handleEvent(operator, subtask, attempt, event);
    }

    @Override
    public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
        return coordinators.request(operator, request);
    }

    @Override
    public void passed(JobVertexID vertex, int subtask, int attempt, long checkpointId) {
        coordinators.passed(vertex, subtask, attempt, checkpointId);
    }
}

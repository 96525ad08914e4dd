package dev.weir.flink.host;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventDispatcher;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.util.FlinkException;

/** Carries events between the operators of one subtask and their coordinators. Owned by the task thread. */
final class OperatorEvents implements OperatorEventDispatcher {
    private final JobScope.Coordination coordination;
    private final int subtask;
    private final int attempt;
    private final Map<OperatorID, OperatorEventHandler> handlers = new HashMap<>();

    OperatorEvents(JobScope.Coordination coordination, int subtask, int attempt) {
        this.coordination = coordination;
        this.subtask = subtask;
        this.attempt = attempt;
    }

    @Override
    public void registerEventHandler(OperatorID operator, OperatorEventHandler handler) {
        handlers.put(operator, handler);
    }

    @Override
    public OperatorEventGateway getOperatorEventGateway(OperatorID operator) {
        return event -> coordination.send(operator, subtask, attempt, event);
    }

    void dispatch(OperatorID operator, OperatorEvent event) throws FlinkException {
        OperatorEventHandler handler = handlers.get(operator);
        if (handler == null) {
            throw new FlinkException("no handler for an event to operator " + operator + ": " + event);
        }
        handler.handleOperatorEvent(event);
    }
}

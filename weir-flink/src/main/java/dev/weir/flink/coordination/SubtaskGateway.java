package dev.weir.flink.coordination;

import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** Takes a coordinator's events to one running subtask; any thread, does not block. The task handles them as mails. */
@FunctionalInterface
public interface SubtaskGateway {
    void deliver(OperatorID operator, OperatorEvent event);
}

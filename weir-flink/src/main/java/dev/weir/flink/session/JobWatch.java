package dev.weir.flink.session;

import dev.weir.engine.job.JobObserver;
import dev.weir.engine.job.SubtaskState;
import dev.weir.engine.task.SubtaskId;
import dev.weir.flink.coordination.JobCoordinators;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.plan.JobTranslation;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.jspecify.annotations.Nullable;

/** Tells those who keep account of a job what becomes of its subtasks. Threads as {@link JobObserver} says. */
record JobWatch(
        Recovery recovery,
        FailureHistory failures,
        SubtaskHistory history,
        JobMetrics metrics,
        JobTranslation translation,
        JobCoordinators coordinators)
        implements JobObserver {
    @Override
    public void onSubtask(SubtaskId subtask, SubtaskState state, long epochMillis, @Nullable Throwable failure) {
        // whoever sees a subtask in a state may count on that checkpoints know of it
        if (state == SubtaskState.RUNNING) {
            recovery.subtaskRunning(subtask);
        } else if (state == SubtaskState.FINISHED) {
            recovery.subtaskFinished(subtask);
        }
        if (state == SubtaskState.FAILED && failure != null) {
            failures.add(epochMillis, subtask, failure);
        }
        ExecutionState entered = ExecutionState.valueOf(state.name());
        JobVertexID vertex = translation.vertices().get(subtask.vertex()).getID();
        history.enter(
                subtask, entered, epochMillis, failure, metrics.counts(vertex, subtask.index(), subtask.attempt()));
        metrics.entered(vertex, subtask.index(), subtask.attempt(), entered);
        if (!state.isTerminal()) {
            return;
        }
        if (state == SubtaskState.FINISHED) {
            coordinators.subtaskFinished(vertex, subtask.index(), subtask.attempt());
        } else {
            coordinators.subtaskFailed(vertex, subtask.index(), subtask.attempt(), failure);
        }
    }
}

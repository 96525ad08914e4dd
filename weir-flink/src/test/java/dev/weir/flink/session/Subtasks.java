package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testing.wait.Waits;
import org.apache.flink.runtime.execution.ExecutionState;

/** Of a job under test. */
public final class Subtasks {
    private Subtasks() {}

    /** Waits until every one runs: that one has records says nothing of the others, and a checkpoint needs all. */
    public static void awaitRunning(WeirJob job) {
        while (!job.subtasks().stream().allMatch(subtask -> subtask.state() == ExecutionState.RUNNING)) {
            assertThat(job.result()).as("the end of the job").isNotDone();
            Waits.aMoment();
        }
    }
}

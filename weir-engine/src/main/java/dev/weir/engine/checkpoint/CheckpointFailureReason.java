package dev.weir.engine.checkpoint;

/**
 * Why a checkpoint was not taken or not completed: Flink's names and, since users and their dashboards know them, Flink's
 * words.
 */
public enum CheckpointFailureReason {
    PERIODIC_SCHEDULER_SHUTDOWN(Phase.BEFORE_TASKS, false, "Periodic checkpoint scheduler is shut down."),
    TOO_MANY_CHECKPOINT_REQUESTS(
            Phase.BEFORE_TASKS, false, "The maximum number of queued checkpoint requests exceeded"),
    MINIMUM_TIME_BETWEEN_CHECKPOINTS(
            Phase.BEFORE_TASKS,
            false,
            "The minimum time between checkpoints is still pending. "
                    + "Checkpoint will be triggered after the minimum time."),
    NOT_ALL_REQUIRED_TASKS_RUNNING(Phase.BEFORE_TASKS, false, "Not all required tasks are currently running."),
    IO_EXCEPTION(
            Phase.BEFORE_TASKS, true, "An Exception occurred while triggering the checkpoint. IO-problem detected."),
    BLOCKING_OUTPUT_EXIST(Phase.BEFORE_TASKS, false, "Blocking output edge exists in running tasks."),
    CHECKPOINT_ASYNC_EXCEPTION(Phase.LATER, true, "Asynchronous task checkpoint failed."),
    CHANNEL_STATE_SHARED_STREAM_EXCEPTION(
            Phase.LATER,
            false,
            "The checkpoint was aborted due to exception of other subtasks sharing the ChannelState file."),
    CHECKPOINT_EXPIRED(Phase.LATER, true, "Checkpoint expired before completing."),
    CHECKPOINT_SUBSUMED(Phase.LATER, false, "Checkpoint has been subsumed."),
    CHECKPOINT_DECLINED(Phase.LATER, true, "Checkpoint was declined."),
    CHECKPOINT_DECLINED_TASK_NOT_READY(Phase.LATER, false, "Checkpoint was declined (tasks not ready)"),
    CHECKPOINT_DECLINED_TASK_CLOSING(Phase.LATER, false, "Checkpoint was declined (task is closing)"),
    CHECKPOINT_DECLINED_SUBSUMED(
            Phase.LATER, false, "Checkpoint was canceled because a barrier from newer checkpoint was received."),
    CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER(
            Phase.LATER, false, "Task received cancellation from one of its inputs"),
    CHECKPOINT_DECLINED_INPUT_END_OF_STREAM(
            Phase.LATER, false, "Checkpoint was declined because one input stream is finished"),
    CHECKPOINT_COORDINATOR_SHUTDOWN(Phase.LATER, false, "CheckpointCoordinator shutdown."),
    CHECKPOINT_COORDINATOR_SUSPEND(Phase.LATER, false, "Checkpoint Coordinator is suspending."),
    JOB_FAILOVER_REGION(Phase.LATER, false, "FailoverRegion is restarting."),
    TASK_FAILURE(Phase.LATER, false, "Task has failed."),
    TASK_CHECKPOINT_FAILURE(Phase.LATER, false, "Task local checkpoint failure."),
    UNKNOWN_TASK_CHECKPOINT_NOTIFICATION_FAILURE(Phase.LATER, false, "Unknown task for the checkpoint to notify."),
    FINALIZE_CHECKPOINT_FAILURE(Phase.LATER, true, "Failure to finalize checkpoint."),
    TRIGGER_CHECKPOINT_FAILURE(Phase.LATER, false, "Trigger checkpoint failure.");

    private enum Phase {
        BEFORE_TASKS,
        LATER
    }

    private final Phase phase;
    private final boolean counted;
    private final String message;

    CheckpointFailureReason(Phase phase, boolean counted, String message) {
        this.phase = phase;
        this.counted = counted;
        this.message = message;
    }

    /** Flink's words for it. */
    public String message() {
        return message;
    }

    /** Whether it arises before any subtask has heard of the checkpoint. */
    public boolean isPreFlight() {
        return phase == Phase.BEFORE_TASKS;
    }

    /** Whether it counts towards {@link CheckpointPolicy#tolerableFailures}. */
    public boolean isCounted() {
        return counted;
    }
}

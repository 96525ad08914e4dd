package dev.weir.engine.checkpoint;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link CheckpointCoordinator} is told.
 *
 * @param <S> the snapshot of a subtask
 */
public sealed interface CheckpointEvent<S> permits CheckpointEvent.OfJob, CheckpointEvent.OfCheckpoint {

    /** How a job ended. */
    enum End {
        FINISHED,
        CANCELLED,
        FAILED,
        /** To be continued by another process. */
        SUSPENDED
    }

    /** Something happened to the job, or was asked of it. */
    sealed interface OfJob<S> extends CheckpointEvent<S> {}

    /** An answer to a command about one checkpoint. */
    sealed interface OfCheckpoint<S> extends CheckpointEvent<S> {
        long id();
    }

    /** All subtasks are deployed: once all run periodic checkpoints begin, or begin again after {@link Suspended}. */
    record Started<S>() implements OfJob<S> {}

    /** The time that {@link CheckpointCommand.WakeAt} named has come. Does no harm at other times. */
    record Tick<S>() implements OfJob<S> {}

    /**
     * Someone wants a checkpoint or a savepoint; {@link CheckpointCommand.Answer} follows once. An action makes it a
     * stop-with-savepoint: whatever is in flight is given up, and no periodic checkpoint follows unless it fails.
     */
    record Requested<S>(
            long requestId, CheckpointKind kind, PostCheckpointAction action, @Nullable String targetDirectory)
            implements OfJob<S> {}

    /** A source begins or ends to work off a backlog, during which fewer periodic checkpoints may be wanted. */
    record Backlog<S>(String source, boolean isProcessing) implements OfJob<S> {}

    /** A subtask has restored its state and can take snapshots. */
    record SubtaskRunning<S>(Subtask subtask) implements OfJob<S> {}

    /** A subtask has ended well. Its last acknowledgement comes before this. */
    record SubtaskFinished<S>(Subtask subtask) implements OfJob<S> {}

    /**
     * Subtasks failed or are being cancelled, to run again: everything in flight is given up but what is being committed.
     *
     * @param cause why; null if it was asked for
     * @param stopped the subtasks that will run again, in a new attempt
     */
    record Suspended<S>(@Nullable Throwable cause, Set<Subtask> stopped) implements OfJob<S> {
        public Suspended {
            stopped = Set.copyOf(stopped);
        }
    }

    /**
     * The job, or the stopped part of it, is about to run from the latest of the given checkpoints. A checkpoint that is
     * still being committed is too late for that and will be dropped.
     *
     * @param retained all that storage has for this job, oldest first
     */
    record Restored<S>(List<RetainedCheckpoint> retained) implements OfJob<S> {
        public Restored {
            retained = List.copyOf(retained);
        }
    }

    /** The job is over. */
    record JobEnded<S>(End end) implements OfJob<S> {}

    /**
     * Storage has a place for the checkpoint, and the operator coordinators have given their snapshots.
     *
     * @param coordinators their snapshots, opaque
     */
    record CoordinatorsSnapshotted<S>(long id, @Nullable Object coordinators) implements OfCheckpoint<S> {}

    /** Storage has no place, or an operator coordinator failed. */
    record CoordinatorsFailed<S>(long id, Throwable cause) implements OfCheckpoint<S> {}

    /** A subtask has written its snapshot. */
    record Acknowledged<S>(long id, Subtask subtask, S snapshot, SubtaskMetrics metrics) implements OfCheckpoint<S> {}

    /** A subtask cannot take a snapshot. */
    record Declined<S>(long id, Subtask subtask, CheckpointFailureReason reason, @Nullable Throwable cause)
            implements OfCheckpoint<S> {}

    /**
     * The manifest is in place: the checkpoint exists.
     *
     * @param location where it is, as storage names it
     * @param manifestBytes size of the manifest
     */
    record Committed<S>(long id, String location, long manifestBytes) implements OfCheckpoint<S> {}

    /**
     * There is no manifest and there will be none.
     *
     * @param reason {@link CheckpointFailureReason#FINALIZE_CHECKPOINT_FAILURE} for trouble with storage, {@link
     *     CheckpointFailureReason#CHECKPOINT_DECLINED_TASK_CLOSING} where state forbids that part of a vertex has finished
     */
    record CommitFailed<S>(long id, CheckpointFailureReason reason, Throwable cause) implements OfCheckpoint<S> {}

    /** The answer to {@link CheckpointCommand.DropPending} and {@link CheckpointCommand.DropCheckpoint}, done or failed. */
    record Cleaned<S>(long id) implements OfCheckpoint<S> {}
}

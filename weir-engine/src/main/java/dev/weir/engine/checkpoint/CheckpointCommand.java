package dev.weir.engine.checkpoint;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link CheckpointCoordinator} asks for. Commands are carried out in order; none of them fails in the caller's
 * face, an outcome is an event.
 *
 * @param <S> the snapshot of a subtask
 */
public sealed interface CheckpointCommand<S> {

    /**
     * Make a place for the checkpoint, then let the operator coordinators take their snapshots. Answered by {@link
     * CheckpointEvent.CoordinatorsSnapshotted} or {@link CheckpointEvent.CoordinatorsFailed}, unless it is aborted first.
     *
     * @param targetDirectory where a savepoint is wanted; null for the configured place
     */
    record SnapshotCoordinators<S>(long id, CheckpointOptions options, @Nullable String targetDirectory)
            implements CheckpointCommand<S> {}

    /**
     * Start the barriers.
     *
     * @param subtasks those that nothing running is upstream of
     */
    record TriggerSubtasks<S>(long id, long timestampMillis, CheckpointOptions options, List<Subtask> subtasks)
            implements CheckpointCommand<S> {
        public TriggerSubtasks {
            subtasks = List.copyOf(subtasks);
        }
    }

    /**
     * All have acknowledged: write the manifest. Answered by {@link CheckpointEvent.Committed} or {@link
     * CheckpointEvent.CommitFailed}, always.
     *
     * @param finished the subtasks that had finished when it began and have no snapshot
     * @param coordinators what {@link CheckpointEvent.CoordinatorsSnapshotted} brought
     */
    record Commit<S>(
            long id,
            long timestampMillis,
            CheckpointOptions options,
            SortedMap<Subtask, S> snapshots,
            SortedSet<Subtask> finished,
            @Nullable Object coordinators,
            @Nullable String targetDirectory)
            implements CheckpointCommand<S> {
        public Commit {
            snapshots = Collections.unmodifiableSortedMap(new TreeMap<>(snapshots));
            finished = Collections.unmodifiableSortedSet(new TreeSet<>(finished));
        }
    }

    /**
     * Tell the subtasks, and the operator coordinators.
     *
     * @param subsumedId the latest checkpoint that is no longer retained because of this one; -1: none
     */
    record NotifyComplete<S>(long id, long timestampMillis, long subsumedId, List<Subtask> subtasks)
            implements CheckpointCommand<S> {
        public NotifyComplete {
            subtasks = List.copyOf(subtasks);
        }
    }

    /**
     * Tell the subtasks, and the operator coordinators, which also leave a snapshot that they have begun.
     *
     * @param latestCompletedId 0 if there is none
     */
    record NotifyAborted<S>(long id, long latestCompletedId, List<Subtask> subtasks) implements CheckpointCommand<S> {
        public NotifyAborted {
            subtasks = List.copyOf(subtasks);
        }
    }

    /** Delete a snapshot that came too late. */
    record DiscardSnapshot<S>(long id, Subtask subtask, S snapshot) implements CheckpointCommand<S> {}

    /**
     * Delete what there is of a checkpoint that was never completed, its place included. Answered by {@link
     * CheckpointEvent.Cleaned}: while more than {@link CheckpointPolicy#maxConcurrent} are being deleted, none begins.
     */
    record DropPending<S>(long id, List<S> snapshots) implements CheckpointCommand<S> {
        public DropPending {
            snapshots = List.copyOf(snapshots);
        }
    }

    /** Delete a completed checkpoint that is no longer retained. Answered by {@link CheckpointEvent.Cleaned}. */
    record DropCheckpoint<S>(long id, String location) implements CheckpointCommand<S> {}

    /**
     * Send {@link CheckpointEvent.Tick} at a time. Replaces the one asked for before; {@link Long#MAX_VALUE} cancels it.
     */
    record WakeAt<S>(long millis) implements CheckpointCommand<S> {}

    /** The outcome of {@link CheckpointEvent.Requested}: a location or a failure. */
    record Answer<S>(long requestId, @Nullable String location, @Nullable CheckpointException failure)
            implements CheckpointCommand<S> {}

    /**
     * Fail the job.
     *
     * @param subtask whose attempt is to blame, so that only what depends on it restarts; null: the whole job
     */
    record FailJob<S>(Throwable cause, @Nullable Subtask subtask) implements CheckpointCommand<S> {}
}

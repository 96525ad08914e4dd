package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A checkpoint that has begun and is neither completed nor given up. */
final class PendingCheckpoint<S> {

    /** What an acknowledgement changed. */
    enum Acknowledgement {
        ACCEPTED,
        /** The subtask had acknowledged already. */
        DUPLICATE,
        /** The subtask has no part in this checkpoint. */
        UNKNOWN
    }

    private enum Phase {
        COORDINATORS,
        SUBTASKS,
        COMMIT
    }

    private final long id;
    private final long timestampMillis;
    private final TriggerRequest request;
    private final CheckpointOptions options;
    private final CheckpointPlan plan;
    private final SortedMap<Subtask, S> snapshots = new TreeMap<>();
    private final Set<Subtask> audience;
    private Phase phase = Phase.COORDINATORS;
    private @Nullable Object coordinators;

    PendingCheckpoint(
            long id, long timestampMillis, TriggerRequest request, CheckpointOptions options, CheckpointPlan plan) {
        this.id = id;
        this.timestampMillis = timestampMillis;
        this.request = request;
        this.options = options;
        this.plan = plan;
        this.audience = new TreeSet<>(plan.await());
    }

    long id() {
        return id;
    }

    long timestampMillis() {
        return timestampMillis;
    }

    TriggerRequest request() {
        return request;
    }

    CheckpointOptions options() {
        return options;
    }

    CheckpointPlan plan() {
        return plan;
    }

    boolean isSavepoint() {
        return options.kind().isSavepoint();
    }

    /** Who is to hear how it ends: those that took part, in the attempt that did. */
    Set<Subtask> audience() {
        return audience;
    }

    List<S> snapshots() {
        return List.copyOf(snapshots.values());
    }

    boolean isTriggering() {
        return phase == Phase.COORDINATORS;
    }

    boolean isCommitting() {
        return phase == Phase.COMMIT;
    }

    void coordinatorsSnapshotted(@Nullable Object snapshot) {
        coordinators = snapshot;
        phase = Phase.SUBTASKS;
    }

    boolean awaits(Subtask subtask) {
        return plan.await().contains(subtask) && !snapshots.containsKey(subtask);
    }

    Acknowledgement acknowledge(Subtask subtask, S snapshot) {
        if (!plan.await().contains(subtask)) {
            return Acknowledgement.UNKNOWN;
        }
        return snapshots.putIfAbsent(subtask, snapshot) == null ? Acknowledgement.ACCEPTED : Acknowledgement.DUPLICATE;
    }

    /** Whether nothing is missing that the manifest needs. */
    boolean isComplete() {
        return phase == Phase.SUBTASKS && snapshots.size() == plan.await().size();
    }

    Commit<S> commit() {
        phase = Phase.COMMIT;
        return new Commit<>(
                id, timestampMillis, options, snapshots, plan.finished(), coordinators, request.targetDirectory());
    }
}

package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointCommand.Answer;
import dev.weir.engine.checkpoint.CheckpointCommand.DiscardSnapshot;
import dev.weir.engine.checkpoint.CheckpointCommand.DropCheckpoint;
import dev.weir.engine.checkpoint.CheckpointCommand.DropPending;
import dev.weir.engine.checkpoint.CheckpointCommand.FailJob;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyAborted;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyComplete;
import dev.weir.engine.checkpoint.CheckpointCommand.SnapshotCoordinators;
import dev.weir.engine.checkpoint.CheckpointCommand.TriggerSubtasks;
import dev.weir.engine.checkpoint.CheckpointCommand.WakeAt;
import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.Backlog;
import dev.weir.engine.checkpoint.CheckpointEvent.Cleaned;
import dev.weir.engine.checkpoint.CheckpointEvent.CommitFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.Committed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.Declined;
import dev.weir.engine.checkpoint.CheckpointEvent.End;
import dev.weir.engine.checkpoint.CheckpointEvent.JobEnded;
import dev.weir.engine.checkpoint.CheckpointEvent.OfCheckpoint;
import dev.weir.engine.checkpoint.CheckpointEvent.OfJob;
import dev.weir.engine.checkpoint.CheckpointEvent.Requested;
import dev.weir.engine.checkpoint.CheckpointEvent.Restored;
import dev.weir.engine.checkpoint.CheckpointEvent.Started;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskFinished;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskRunning;
import dev.weir.engine.checkpoint.CheckpointEvent.Suspended;
import dev.weir.engine.checkpoint.CheckpointEvent.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides on the checkpoints of one job, after Flink's coordinator of the same name. Events go in, commands come out;
 * nothing blocks and nothing is done here. One thread at a time.
 *
 * <p>A checkpoint begins with a plan of its subtasks and an id, goes on with the operator coordinators, the barriers, the
 * acknowledgements, and ends with the commit of its manifest, which makes it exist. Until then it can be aborted. Where
 * Flink writes the manifest in the midst of an acknowledgement and under its lock, here other events may come in between:
 * a checkpoint that is being committed is not timed out nor declined any more, survives a suspension, and where it must be
 * aborted after all, since a newer one is complete or the job is restored from another, is dropped once it is committed.
 *
 * @param <S> the snapshot of a subtask
 */
public final class CheckpointCoordinator<S> {

    private static final long NEVER = PeriodicTrigger.NEVER;

    private final CheckpointPolicy policy;
    private final CheckpointTracker tracker;
    private final SubtaskTracker subtasks;
    private final TriggerSchedule schedule;
    private final FailureTolerance tolerance;
    private final RetainedCheckpoints retained;
    private final InFlight<S> inFlight = new InFlight<>();
    private List<CheckpointCommand<S>> commands = new ArrayList<>();
    private long nowMillis;
    private long nextId;
    private long wakeMillis = NEVER;
    private int cleaning;
    // How often the queue has its turn after this event. Each turn may use up a periodic request that comes too soon.
    private int turns;
    private boolean started;
    private boolean startsOnceAllRun;
    private @Nullable End end;

    /**
     * A coordinator that waits for {@link Started}.
     *
     * @param firstId above every id that the job has used before, in this process or an earlier one; at least 1
     * @param initialDelayMillis of {@link CheckpointPolicy#initialDelayMillis}
     */
    public CheckpointCoordinator(
            CheckpointPolicy policy,
            CheckpointTopology topology,
            long firstId,
            long initialDelayMillis,
            CheckpointTracker tracker) {
        this.policy = policy;
        this.tracker = tracker;
        this.nextId = firstId;
        this.subtasks = new SubtaskTracker(topology, policy.afterTasksFinish());
        this.schedule = new TriggerSchedule(policy, initialDelayMillis);
        this.tolerance = new FailureTolerance(policy.tolerableFailures());
        this.retained = new RetainedCheckpoints(policy.numRetained());
    }

    /**
     * Takes an event.
     *
     * @param nowMillis the time, for people too, but never going back
     * @return what to do, in this order
     */
    public List<CheckpointCommand<S>> handle(CheckpointEvent<S> event, long nowMillis) {
        this.nowMillis = nowMillis;
        commands = new ArrayList<>();
        if (event instanceof OfJob<S> ofJob) {
            handleJob(ofJob);
        } else if (event instanceof OfCheckpoint<S> ofCheckpoint) {
            handleCheckpoint(ofCheckpoint);
        }
        for (; turns > 0; turns--) {
            beginNext();
        }
        scheduleWake(event instanceof Tick);
        return commands;
    }

    /** The completed checkpoints that the job can go back to, oldest first. */
    public List<RetainedCheckpoint> retained() {
        return retained.all();
    }

    /** Whether a checkpoint is being committed that would be the latest one: worth waiting for before a restore. */
    public boolean isCommitting() {
        return !inFlight.where(checkpoint -> checkpoint.isCommitting() && !checkpoint.isSavepoint())
                .isEmpty();
    }

    private void handleJob(OfJob<S> event) {
        if (event instanceof Started) {
            start();
        } else if (event instanceof Tick) {
            tick();
        } else if (event instanceof Requested<S> requested) {
            request(requested);
        } else if (event instanceof Backlog<S> backlog) {
            schedule.backlog(backlog.source(), backlog.isProcessing(), nowMillis);
        } else if (event instanceof SubtaskRunning<S> running) {
            subtasks.running(running.subtask());
            startIfAllRun();
        } else if (event instanceof SubtaskFinished<S> finished) {
            subtaskFinished(finished.subtask());
        } else if (event instanceof Suspended<S> suspended) {
            suspend(suspended);
        } else if (event instanceof Restored<S> restored) {
            restore(restored.retained());
        } else if (event instanceof JobEnded<S> ended) {
            finish(ended.end());
        }
    }

    private void handleCheckpoint(OfCheckpoint<S> event) {
        PendingCheckpoint<S> checkpoint = inFlight.get(event.id());
        if (event instanceof CoordinatorsSnapshotted<S> snapshotted) {
            coordinatorsSnapshotted(checkpoint, snapshotted.coordinators());
        } else if (event instanceof CoordinatorsFailed<S> failed) {
            coordinatorsFailed(checkpoint, failed.cause());
        } else if (event instanceof Acknowledged<S> acknowledged) {
            acknowledge(checkpoint, acknowledged);
        } else if (event instanceof Declined<S> declined) {
            decline(checkpoint, declined);
        } else if (event instanceof Committed<S> committed) {
            committed(checkpoint, committed);
        } else if (event instanceof CommitFailed<S> failed) {
            commitFailed(checkpoint, failed);
        } else if (event instanceof Cleaned) {
            cleaning = Math.max(0, cleaning - 1);
            turns++;
        }
    }

    // ---- the life of the job

    private void start() {
        if (end != null) {
            return;
        }
        if (schedule.isRunning()) {
            stop(failure(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND));
        }
        started = true;
        startsOnceAllRun = true;
        startIfAllRun();
    }

    private void startIfAllRun() {
        if (startsOnceAllRun && subtasks.allRunOrFinished()) {
            startsOnceAllRun = false;
            schedule.start(nowMillis);
        }
    }

    /** Ends what is scheduled, queued and in flight, but for what is being committed. */
    private void stop(CheckpointException why) {
        schedule.drain().forEach(request -> answer(request, null, why));
        abortAll(checkpoint -> !checkpoint.isCommitting(), why);
        // Last, since the failure of a stop-with-savepoint starts it.
        schedule.stop();
    }

    private void suspend(Suspended<S> suspended) {
        started = false;
        startsOnceAllRun = false;
        subtasks.stopped(suspended.stopped());
        inFlight.left(suspended.stopped());
        stop(new CheckpointException(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND, suspended.cause()));
    }

    private void restore(List<RetainedCheckpoint> found) {
        abortAll(
                checkpoint -> !(checkpoint.isCommitting() && checkpoint.isSavepoint()),
                failure(CheckpointFailureReason.JOB_FAILOVER_REGION));
        retained.replaceAll(found);
        if (!found.isEmpty()) {
            tracker.restored(found.get(found.size() - 1), nowMillis);
            nextId = Math.max(nextId, retained.latestId() + 1);
        }
    }

    private void finish(End how) {
        end = how;
        started = false;
        startsOnceAllRun = false;
        subtasks.allStopped();
        stop(failure(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SHUTDOWN));
        dropUnlessKept(how);
    }

    private void dropUnlessKept(End how) {
        if (!policy.retention().keeps(how)) {
            retained.drain().forEach(this::drop);
        }
    }

    private void subtaskFinished(Subtask subtask) {
        subtasks.finished(subtask);
        startIfAllRun();
        abortAll(
                checkpoint -> checkpoint.awaits(subtask),
                failure(CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_CLOSING));
    }

    // ---- when a checkpoint begins

    private void tick() {
        while (true) {
            long expiry = expiryMillis();
            PendingCheckpoint<S> oldest = inFlight.oldestUncommitted();
            if (Math.min(expiry, schedule.dueMillis()) > nowMillis) {
                return;
            }
            if (oldest != null && expiry <= schedule.dueMillis()) {
                abort(oldest, failure(CheckpointFailureReason.CHECKPOINT_EXPIRED), null);
            } else {
                reject(schedule.fire(nowMillis));
            }
            beginNext();
        }
    }

    private long expiryMillis() {
        PendingCheckpoint<S> oldest = inFlight.oldestUncommitted();
        if (oldest == null) {
            return NEVER;
        }
        long expiry = oldest.timestampMillis() + policy.timeoutMillis();
        return expiry < 0 ? NEVER : expiry;
    }

    private void request(Requested<S> requested) {
        CheckpointOptions options = policy.options(requested.kind(), requested.action());
        boolean forced = options.kind().isSavepoint() && !policy.unaligned();
        TriggerRequest request = new TriggerRequest(
                requested.requestId(), options, requested.targetDirectory(), forced, false, nowMillis);
        if (end != null) {
            answer(request, null, failure(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SHUTDOWN));
            return;
        }
        if (options.isSynchronous()) {
            stop(failure(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND));
        }
        reject(schedule.request(request));
        turns++;
    }

    private void reject(@Nullable TriggerRequest request) {
        if (request != null) {
            answer(request, null, failure(CheckpointFailureReason.TOO_MANY_CHECKPOINT_REQUESTS));
        }
    }

    private void beginNext() {
        TriggerRequest next = nextRequest();
        while (next != null) {
            begin(next);
            next = nextRequest();
        }
    }

    private @Nullable TriggerRequest nextRequest() {
        return schedule.next(inFlight.isTriggering(), inFlight.size(), cleaning, nowMillis);
    }

    private void begin(TriggerRequest request) {
        CheckpointPlan plan;
        try {
            plan = subtasks.plan();
        } catch (CheckpointException e) {
            tracker.failedToBegin();
            countFailure(FailureTolerance.NO_ID, request.options(), e, null);
            answer(request, null, e);
            return;
        }
        PendingCheckpoint<S> checkpoint =
                new PendingCheckpoint<>(nextId++, nowMillis, request, optionsOf(request), plan);
        inFlight.add(checkpoint);
        tracker.triggered(checkpoint, nowMillis);
        commands.add(new SnapshotCoordinators<>(checkpoint.id(), checkpoint.options(), request.targetDirectory()));
    }

    private CheckpointOptions optionsOf(TriggerRequest request) {
        boolean full = !request.isSavepoint() && retained.isLatestUnclaimed();
        return full ? policy.options(CheckpointKind.FULL_CHECKPOINT, PostCheckpointAction.NONE) : request.options();
    }

    private void coordinatorsSnapshotted(@Nullable PendingCheckpoint<S> checkpoint, @Nullable Object snapshot) {
        if (checkpoint == null || !checkpoint.isTriggering()) {
            return;
        }
        checkpoint.coordinatorsSnapshotted(snapshot);
        turns++;
        commands.add(new TriggerSubtasks<>(
                checkpoint.id(),
                checkpoint.timestampMillis(),
                checkpoint.options(),
                checkpoint.plan().trigger()));
        commitIfComplete(checkpoint);
    }

    private void coordinatorsFailed(@Nullable PendingCheckpoint<S> checkpoint, Throwable cause) {
        if (checkpoint != null && checkpoint.isTriggering()) {
            CheckpointFailureReason otherwise = CheckpointFailureReason.TRIGGER_CHECKPOINT_FAILURE;
            abort(checkpoint, CheckpointException.of(otherwise, cause), null);
        }
    }

    // ---- how it goes on

    private void acknowledge(@Nullable PendingCheckpoint<S> checkpoint, Acknowledged<S> event) {
        if (checkpoint != null) {
            switch (checkpoint.acknowledge(event.subtask(), event.snapshot())) {
                case ACCEPTED -> {
                    tracker.acknowledged(event.id(), event.subtask(), event.metrics(), nowMillis);
                    commitIfComplete(checkpoint);
                    return;
                }
                case DUPLICATE -> {
                    return;
                }
                case UNKNOWN -> {}
            }
        }
        if (checkpoint == null && inFlight.wasAcknowledged(event.id())) {
            return;
        }
        commands.add(new DiscardSnapshot<>(event.id(), event.subtask(), event.snapshot()));
    }

    private void commitIfComplete(PendingCheckpoint<S> checkpoint) {
        if (checkpoint.isComplete()) {
            commands.add(checkpoint.commit());
        }
    }

    private void decline(@Nullable PendingCheckpoint<S> checkpoint, Declined<S> event) {
        if (checkpoint != null && !checkpoint.isCommitting()) {
            abort(checkpoint, new CheckpointException(event.reason(), event.cause()), event.subtask());
        }
    }

    private void committed(@Nullable PendingCheckpoint<S> checkpoint, Committed<S> event) {
        if (checkpoint == null || !checkpoint.isCommitting()) {
            if (inFlight.takeAbandoned(event.id()) != null) {
                cleaning++;
                commands.add(new DropCheckpoint<>(event.id(), event.location()));
            }
            return;
        }
        inFlight.completed(checkpoint);
        turns += 2;
        tolerance.succeeded(checkpoint.id());
        tracker.completed(checkpoint.id(), event.location(), event.manifestBytes(), nowMillis);
        schedule.completed(nowMillis);
        long subsumedId = checkpoint.isSavepoint() ? -1 : retain(checkpoint, event.location());
        answer(checkpoint.request(), event.location(), null);
        if (!checkpoint.isSavepoint() || checkpoint.options().isSynchronous()) {
            abortAll(
                    other -> other.id() < checkpoint.id() && !other.isSavepoint(),
                    failure(CheckpointFailureReason.CHECKPOINT_SUBSUMED));
            commands.add(new NotifyComplete<>(
                    checkpoint.id(),
                    checkpoint.timestampMillis(),
                    subsumedId,
                    subtasks.running(checkpoint.audience())));
        }
        if (end != null) {
            dropUnlessKept(end);
        }
    }

    private long retain(PendingCheckpoint<S> checkpoint, String location) {
        long subsumedId = -1;
        for (RetainedCheckpoint subsumed : retained.add(new RetainedCheckpoint(checkpoint.id(), location, true))) {
            drop(subsumed);
            subsumedId = subsumed.claimed() ? subsumed.id() : -1;
        }
        return subsumedId;
    }

    private void drop(RetainedCheckpoint checkpoint) {
        if (checkpoint.claimed()) {
            cleaning++;
            commands.add(new DropCheckpoint<>(checkpoint.id(), checkpoint.location()));
        }
    }

    private void commitFailed(@Nullable PendingCheckpoint<S> checkpoint, CommitFailed<S> event) {
        if (checkpoint == null || !checkpoint.isCommitting()) {
            PendingCheckpoint<S> abandoned = inFlight.takeAbandoned(event.id());
            if (abandoned != null) {
                dropPending(abandoned);
            }
            return;
        }
        inFlight.failed(checkpoint);
        dropPending(checkpoint);
        reportAborted(checkpoint, new CheckpointException(event.reason(), event.cause()), null);
    }

    // ---- how it is given up

    private void abortAll(Predicate<PendingCheckpoint<S>> which, CheckpointException why) {
        inFlight.where(which).forEach(checkpoint -> abort(checkpoint, why, null));
    }

    private void abort(PendingCheckpoint<S> checkpoint, CheckpointException why, @Nullable Subtask blamed) {
        if (checkpoint.isCommitting()) {
            inFlight.abandon(checkpoint);
        } else {
            inFlight.failed(checkpoint);
            dropPending(checkpoint);
        }
        reportAborted(checkpoint, why, blamed);
    }

    private void dropPending(PendingCheckpoint<S> checkpoint) {
        cleaning++;
        commands.add(new DropPending<>(checkpoint.id(), checkpoint.snapshots()));
    }

    private void reportAborted(PendingCheckpoint<S> checkpoint, CheckpointException why, @Nullable Subtask blamed) {
        turns++;
        tracker.failed(checkpoint.id(), why, nowMillis);
        countFailure(checkpoint.id(), checkpoint.options(), why, blamed);
        commands.add(
                new NotifyAborted<>(checkpoint.id(), retained.latestId(), subtasks.running(checkpoint.audience())));
        answer(checkpoint.request(), null, why);
    }

    private void countFailure(long id, CheckpointOptions options, CheckpointException why, @Nullable Subtask blamed) {
        boolean subtaskFailed = blamed != null && !why.reason().isPreFlight();
        if (subtaskFailed && options.isSynchronous()) {
            // Its subtasks wait for the savepoint that will never be; only a restart frees them.
            commands.add(new FailJob<>(why, blamed));
        } else if (subtaskFailed || !options.kind().isSavepoint()) {
            CheckpointToleranceExceededException exceeded = tolerance.failed(id, why);
            if (exceeded != null) {
                commands.add(new FailJob<>(exceeded, subtaskFailed ? blamed : null));
            }
        }
    }

    private static CheckpointException failure(CheckpointFailureReason reason) {
        return new CheckpointException(reason, null);
    }

    private void answer(TriggerRequest request, @Nullable String location, @Nullable CheckpointException failure) {
        if (request.requestId() != null) {
            commands.add(new Answer<>(request.requestId(), location, failure));
        }
        boolean stopFailed = failure != null && request.options().isSynchronous();
        if (stopFailed && started && !schedule.isRunning()) {
            schedule.start(nowMillis);
        }
    }

    private void scheduleWake(boolean woken) {
        long next = Math.min(schedule.dueMillis(), expiryMillis());
        if (next != wakeMillis || (woken && next != NEVER)) {
            wakeMillis = next;
            commands.add(new WakeAt<>(next));
        }
    }
}

package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointCommand;
import dev.weir.engine.checkpoint.CheckpointCoordinator;
import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointTopology;
import dev.weir.engine.checkpoint.CheckpointTracker;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.RetainedCheckpoint;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.engine.jobstore.RecordedCheckpoints;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.CheckpointSubsumedException;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.SnapshotListener;
import dev.weir.engine.task.SnapshotTimes;
import dev.weir.engine.task.SubtaskId;
import dev.weir.flink.checkpoint.CheckpointDirectory;
import dev.weir.flink.checkpoint.CheckpointWrite;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.coordination.JobCoordinators;
import dev.weir.flink.plan.JobTranslation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the {@link CheckpointCoordinator} of one job: tells it what happens and carries out what it asks for.
 *
 * <p>Thread-safe. The coordinator is called on one thread of its own, which never blocks; what blocks, writing state and
 * metadata and deleting files, runs on threads of a pool.
 */
final class JobCheckpoints implements SnapshotListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobCheckpoints.class);
    private static final long CLOSING_MAX_MILLIS = 60_000;

    private final String jobName;
    private final JobTranslation job;
    private final Set<Subtask> subtasks;
    private final JobCoordinators coordinators;
    private final KeptFiles files;
    private final CheckpointTracker tracker;
    private final CheckpointCoordinator<SubtaskSnapshot> coordinator;
    private final ScheduledThreadPoolExecutor thread;
    private final ExecutorService io;
    private final CheckpointRequests requests;
    private final Map<Long, CheckpointWrite> writes = new ConcurrentHashMap<>();
    private final WrittenSnapshots snapshots;

    // all else belongs to the coordinator's thread
    private final Map<String, StoredCheckpoint> stored = new HashMap<>();
    private final Set<Subtask> dataEnded = new HashSet<>();
    private final Set<Long> droppedEarly = new HashSet<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private @Nullable RunningSubtasks run;
    private @Nullable ScheduledFuture<?> wake;
    private long beginning;
    private long cleaning;
    private long leaving;
    private long committing;
    private long lastMillis;

    /**
     * The checkpoints of a job that has not begun.
     *
     * @param initialDelayMillis from the first start to the first periodic one
     * @param store where the next process finds the job's checkpoints; null where there will be none
     * @param firstId number of the first one
     */
    JobCheckpoints(
            String jobName,
            CheckpointPolicy policy,
            long initialDelayMillis,
            CheckpointTopology topology,
            JobTranslation job,
            JobCoordinators coordinators,
            CheckpointDirectory directory,
            int historyMax,
            @Nullable JobStore store,
            long firstId,
            ClassLoader userLoader) {
        this.jobName = jobName;
        this.job = job;
        this.coordinators = coordinators;
        this.files = new KeptFiles(jobName, job, directory, store == null ? null : new RecordedCheckpoints(store));
        this.subtasks = subtasks(topology);
        this.tracker = new CheckpointTracker(topology, historyMax);
        this.coordinator = new CheckpointCoordinator<>(policy, topology, firstId, initialDelayMillis, tracker);
        this.thread = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "Checkpoints of " + jobName, userLoader));
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.io = Executors.newCachedThreadPool(task -> daemon(task, "Checkpoint files of " + jobName, userLoader));
        this.requests = new CheckpointRequests(io);
        this.snapshots = new WrittenSnapshots(io, this::tell, () -> execute(this::goOn));
        coordinators.reportBacklogTo(
                (operator, isProcessing) -> tell(new CheckpointEvent.Backlog<>(operator.toString(), isProcessing)));
    }

    private static Set<Subtask> subtasks(CheckpointTopology topology) {
        Set<Subtask> all = new HashSet<>();
        for (int vertex = 0; vertex < topology.vertices().size(); vertex++) {
            for (int index = 0; index < topology.vertices().get(vertex).parallelism(); index++) {
                all.add(new Subtask(vertex, index));
            }
        }
        return all;
    }

    private static Thread daemon(Runnable task, String name, ClassLoader loader) {
        Thread created = new Thread(task, name);
        created.setDaemon(true);
        created.setContextClassLoader(loader);
        return created;
    }

    // ---- what happens to the job

    /** All subtasks have been started, for the first time or again. */
    void started(RunningSubtasks running) {
        execute(() -> {
            run = running;
            handle(new CheckpointEvent.Started<>());
            takeLast();
        });
    }

    void subtaskRunning(SubtaskId subtask) {
        tell(new CheckpointEvent.SubtaskRunning<>(named(subtask)));
    }

    void subtaskFinished(SubtaskId subtask) {
        execute(() -> {
            noteEnd(named(subtask));
            handle(new CheckpointEvent.SubtaskFinished<>(named(subtask)));
        });
    }

    /** Some subtasks are over or about to be, and may run again. */
    void suspended(@Nullable Throwable cause, Set<Subtask> stopped) {
        List<PendingSnapshot> unfinished = snapshots.unfinished();
        execute(() -> {
            dataEnded.removeAll(stopped);
            handle(new CheckpointEvent.Suspended<>(cause, stopped));
            // not before the checkpoint is given up: that it was cancelled is no failure of a checkpoint
            unfinished.forEach(snapshot -> io.execute(() -> cancel(snapshot)));
        });
    }

    /** Waits for a write to storage that is under way; the next one may not have to. */
    private static void cancel(PendingSnapshot snapshot) {
        try {
            snapshot.cancel();
        } catch (RuntimeException e) {
            LOG.debug("a snapshot was not cancelled well", e);
        }
    }

    /** Takes checkpoints in that were there before the job began. */
    void adopted(List<StoredCheckpoint> latestFirst) {
        execute(() -> {
            List<RetainedCheckpoint> oldestFirst = new ArrayList<>();
            for (StoredCheckpoint checkpoint : latestFirst) {
                stored.put(checkpoint.pointer(), checkpoint);
                oldestFirst.add(0, new RetainedCheckpoint(checkpoint.id(), checkpoint.pointer(), checkpoint.owned()));
            }
            handle(new CheckpointEvent.Restored<>(oldestFirst));
        });
    }

    /**
     * What the job goes back to after a failure, the latest first; nothing where it begins anew. Waits for a commit that is
     * under way.
     */
    CompletableFuture<List<StoredCheckpoint>> retained() {
        CompletableFuture<List<StoredCheckpoint>> answer = new CompletableFuture<>();
        execute(() -> retained(answer));
        return answer;
    }

    private void retained(CompletableFuture<List<StoredCheckpoint>> answer) {
        if (coordinator.isCommitting()) {
            waiting.add(() -> retained(answer));
            return;
        }
        List<StoredCheckpoint> latestFirst = new ArrayList<>();
        for (RetainedCheckpoint kept : coordinator.retained()) {
            StoredCheckpoint checkpoint = stored.get(kept.location());
            if (checkpoint != null) {
                latestFirst.add(0, checkpoint);
            }
        }
        answer.complete(latestFirst);
    }

    /** The job goes back to a checkpoint; those after it turned out to be unusable. */
    void restored(@Nullable StoredCheckpoint from) {
        execute(() -> {
            List<RetainedCheckpoint> kept = new ArrayList<>();
            for (RetainedCheckpoint known : coordinator.retained()) {
                if (from != null && known.id() <= from.id()) {
                    kept.add(known);
                } else {
                    forget(known);
                }
            }
            handle(new CheckpointEvent.Restored<>(kept));
        });
    }

    private void forget(RetainedCheckpoint unusable) {
        StoredCheckpoint left = stored.remove(unusable.location());
        io.execute(() -> files.forget(unusable.location(), left));
    }

    /** The job is over. Blocks until the files that it does not leave behind are deleted, but not for ever. */
    void ended(CheckpointEvent.End how) {
        CompletableFuture<Void> clean = new CompletableFuture<>();
        List<PendingSnapshot> unfinished = snapshots.unfinished();
        execute(() -> {
            run = null;
            handle(new CheckpointEvent.JobEnded<>(how));
            unfinished.forEach(snapshot -> io.execute(() -> cancel(snapshot)));
            awaitCleaning(clean);
        });
        try {
            clean.get(CLOSING_MAX_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("the checkpoint files of job '{}' are still being deleted", jobName, e);
        }
    }

    private void awaitCleaning(CompletableFuture<Void> clean) {
        boolean busy = beginning > 0 || cleaning > 0 || leaving > 0 || committing > 0;
        // what writes a snapshot lets go of a database, and of copies, when it is through
        if (busy || !snapshots.unfinished().isEmpty()) {
            waiting.add(() -> awaitCleaning(clean));
        } else {
            clean.complete(null);
        }
    }

    // ---- what users ask for

    /** Gives the location, or fails with Flink's exception. */
    CompletableFuture<String> request(
            CheckpointKind kind, PostCheckpointAction action, @Nullable String targetDirectory) {
        CheckpointRequests.Asked asked = requests.ask();
        tell(new CheckpointEvent.Requested<>(asked.number(), kind, action, targetDirectory));
        if (thread.isShutdown()) {
            requests.refuse();
        }
        return asked.answer();
    }

    CheckpointStatistics statistics() {
        return tracker.statistics();
    }

    // ---- what subtasks say

    /** Where a subtask writes its part of a checkpoint. */
    CheckpointStreamFactory streams(long checkpointId) {
        CheckpointWrite write = writes.get(checkpointId);
        return write == null ? new GivenUpStreams(checkpointId) : write;
    }

    @Override
    public void taken(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
        snapshots.write(subtask, barrier, times, snapshot);
    }

    /** When the last one has ended nothing is gained by waiting for the next periodic checkpoint. */
    @Override
    public void dataEnded(SubtaskId subtask) {
        execute(() -> {
            noteEnd(named(subtask));
            takeLast();
        });
    }

    /** Sources of which all subtasks are through have no backlog, whatever they said last. */
    private void noteEnd(Subtask subtask) {
        if (dataEnded.add(subtask)
                && subtasks.stream()
                        .filter(each -> each.vertex() == subtask.vertex())
                        .allMatch(dataEnded::contains)) {
            for (OperatorIDPair operator : job.vertices().get(subtask.vertex()).getOperatorIDs()) {
                handle(new CheckpointEvent.Backlog<>(
                        operator.getGeneratedOperatorID().toString(), false));
            }
        }
    }

    /** Subtasks may be through before it is known that all have been started. */
    private void takeLast() {
        if (run != null && dataEnded.containsAll(subtasks)) {
            handle(new CheckpointEvent.Requested<>(
                    requests.unasked(), CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE, null));
        }
    }

    @Override
    public void declined(SubtaskId subtask, long checkpointId, Throwable cause) {
        CheckpointFailureReason reason = cause instanceof CheckpointSubsumedException
                ? CheckpointFailureReason.CHECKPOINT_DECLINED_SUBSUMED
                : CheckpointFailureReason.CHECKPOINT_DECLINED;
        tell(new CheckpointEvent.Declined<>(checkpointId, named(subtask), reason, cause));
    }

    static Subtask named(SubtaskId subtask) {
        return new Subtask(subtask.vertex(), subtask.index());
    }

    // ---- the coordinator's thread

    private void tell(CheckpointEvent<SubtaskSnapshot> event) {
        execute(() -> handle(event));
    }

    private void execute(Runnable action) {
        try {
            thread.execute(action);
        } catch (RejectedExecutionException e) {
            LOG.debug("job '{}' has ended: its checkpoints hear of nothing more", jobName);
        }
    }

    private void handle(CheckpointEvent<SubtaskSnapshot> event) {
        if (event instanceof CheckpointEvent.Committed || event instanceof CheckpointEvent.CommitFailed) {
            committing--;
        }
        for (CheckpointCommand<SubtaskSnapshot> command : coordinator.handle(event, nowMillis())) {
            carryOut(command);
        }
        goOn();
    }

    /** Lets those look again who wait for files. */
    private void goOn() {
        if (!coordinator.isCommitting() && !waiting.isEmpty()) {
            List<Runnable> lookAgain = List.copyOf(waiting);
            waiting.clear();
            lookAgain.forEach(Runnable::run);
        }
    }

    /** The wall clock, but never going back. */
    private long nowMillis() {
        lastMillis = Math.max(lastMillis, System.currentTimeMillis());
        return lastMillis;
    }

    private void carryOut(CheckpointCommand<SubtaskSnapshot> command) {
        if (command instanceof CheckpointCommand.SnapshotCoordinators<SubtaskSnapshot> begin) {
            beginning++;
            io.execute(() -> begin(begin.id(), begin.options(), begin.targetDirectory()));
        } else if (command instanceof CheckpointCommand.TriggerSubtasks<SubtaskSnapshot> trigger) {
            trigger(trigger);
        } else if (command instanceof CheckpointCommand.Commit<SubtaskSnapshot> commit) {
            committing++;
            io.execute(() -> commit(commit));
        } else if (command instanceof CheckpointCommand.NotifyComplete<SubtaskSnapshot> complete) {
            inform(
                    complete.subtasks(),
                    (running, subtask) ->
                            running.checkpointCompleted(subtask.vertex(), subtask.index(), complete.id()));
            coordinators.checkpointCompleted(complete.id());
        } else if (command instanceof CheckpointCommand.NotifyAborted<SubtaskSnapshot> aborted) {
            inform(
                    aborted.subtasks(),
                    (running, subtask) -> running.checkpointAborted(subtask.vertex(), subtask.index(), aborted.id()));
            coordinators.checkpointAborted(aborted.id());
        } else if (command instanceof CheckpointCommand.DiscardSnapshot<SubtaskSnapshot> late) {
            // its files were in the checkpoint's own directory, which is deleted when that is given up
            LOG.debug("{} was late for checkpoint {} of job '{}'", late.subtask(), late.id(), jobName);
        } else if (command instanceof CheckpointCommand.DropPending<SubtaskSnapshot> drop) {
            CheckpointWrite write = writes.remove(drop.id());
            if (write == null) {
                droppedEarly.add(drop.id());
            }
            clean(drop.id(), () -> {
                if (write != null) {
                    write.abort();
                }
            });
            if (write != null) {
                leave(write);
            }
        } else if (command instanceof CheckpointCommand.DropCheckpoint<SubtaskSnapshot> drop) {
            StoredCheckpoint dropped = stored.remove(drop.location());
            clean(drop.id(), () -> files.drop(dropped));
        } else if (command instanceof CheckpointCommand.WakeAt<SubtaskSnapshot> at) {
            wakeAt(at.millis());
        } else if (command instanceof CheckpointCommand.Answer<SubtaskSnapshot> answer) {
            requests.answer(answer);
        } else if (command instanceof CheckpointCommand.FailJob<SubtaskSnapshot> fail) {
            RunningSubtasks running = run;
            if (running != null) {
                running.fail(fail.cause(), fail.subtask());
            }
        }
    }

    /** Subtasks may be writing what was given up. */
    private void leave(CheckpointWrite write) {
        leaving++;
        CompletableFuture<Void> unused = write.over()
                .thenRun(() -> execute(() -> {
                    leaving--;
                    goOn();
                }));
    }

    private interface Message {
        void send(RunningSubtasks running, Subtask subtask);
    }

    private void inform(List<Subtask> subtasks, Message message) {
        RunningSubtasks running = run;
        if (running != null) {
            subtasks.forEach(subtask -> message.send(running, subtask));
        }
    }

    private void trigger(CheckpointCommand.TriggerSubtasks<SubtaskSnapshot> trigger) {
        CheckpointBarrier barrier = new CheckpointBarrier(trigger.id(), trigger.timestampMillis(), trigger.options());
        inform(
                trigger.subtasks(),
                (running, subtask) -> running.triggerCheckpoint(subtask.vertex(), subtask.index(), barrier));
    }

    private void wakeAt(long millis) {
        if (wake != null) {
            wake.cancel(false);
            wake = null;
        }
        if (millis != Long.MAX_VALUE) {
            wake = thread.schedule(
                    () -> handle(new CheckpointEvent.Tick<>()),
                    Math.max(0, millis - nowMillis()),
                    TimeUnit.MILLISECONDS);
        }
    }

    // ---- threads for files

    private void begin(long id, CheckpointOptions options, @Nullable String targetDirectory) {
        try {
            CheckpointWrite write = files.begin(id, options, targetDirectory);
            execute(() -> begun(id, write));
        } catch (Throwable t) {
            execute(() -> {
                beginning--;
                handle(new CheckpointEvent.CoordinatorsFailed<>(id, t));
                droppedEarly.remove(id);
            });
        }
    }

    /** The checkpoint has its place, and may have been given up meanwhile. */
    private void begun(long id, CheckpointWrite write) {
        beginning--;
        if (droppedEarly.remove(id)) {
            leave(write);
            io.execute(write::abort);
            return;
        }
        goOn();
        writes.put(id, write);
        CompletableFuture<Void> unused = coordinators.checkpoint(id).handle((taken, failure) -> {
            tell(
                    failure == null
                            ? new CheckpointEvent.CoordinatorsSnapshotted<>(id, taken)
                            : new CheckpointEvent.CoordinatorsFailed<>(id, failure));
            return null;
        });
    }

    private void commit(CheckpointCommand.Commit<SubtaskSnapshot> commit) {
        CheckpointWrite write = writes.get(commit.id());
        try {
            if (write == null) {
                throw new IOException("checkpoint " + commit.id() + " has no place");
            }
            StoredCheckpoint checkpoint = files.commit(write, commit);
            writes.remove(commit.id());
            files.record(checkpoint, commit.options());
            execute(() -> {
                stored.put(checkpoint.pointer(), checkpoint);
                handle(new CheckpointEvent.Committed<>(
                        checkpoint.id(), checkpoint.pointer(), checkpoint.metadataBytes()));
            });
        } catch (StateAssembly.PartlyFinishedException e) {
            tell(new CheckpointEvent.CommitFailed<>(
                    commit.id(), CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_CLOSING, e));
        } catch (Throwable t) {
            tell(new CheckpointEvent.CommitFailed<>(
                    commit.id(), CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, t));
        }
    }

    private void clean(long id, Runnable deletion) {
        cleaning++;
        io.execute(() -> {
            try {
                deletion.run();
            } finally {
                execute(() -> {
                    cleaning--;
                    handle(new CheckpointEvent.Cleaned<>(id));
                });
            }
        });
    }

    /** After {@link #ended}, or where the job could not start. */
    @Override
    public void close() {
        thread.shutdownNow();
        requests.refuse();
        io.shutdown();
    }
}

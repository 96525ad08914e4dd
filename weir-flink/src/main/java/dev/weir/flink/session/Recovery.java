package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.job.CheckpointTopologies;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.Regions;
import dev.weir.engine.jobstore.JobRecord;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.flink.checkpoint.CheckpointDirectory;
import dev.weir.flink.checkpoint.CheckpointLoader;
import dev.weir.flink.checkpoint.CheckpointSettings;
import dev.weir.flink.checkpoint.Leftovers;
import dev.weir.flink.checkpoint.RestoreAssignment;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.coordination.JobCoordinators;
import dev.weir.flink.plan.JobTranslation;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobgraph.tasks.JobCheckpointingSettings;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job goes on from: a savepoint at its start, its latest checkpoint after a failure. In batch mode there are no
 * checkpoints, and a job begins anew.
 *
 * <p>The methods that restore block for the file system and are called while none of the subtasks concerned runs. All others are thread-safe.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** Flink's word to coordinators for no checkpoint. */
    private static final long BEGINNING = -1;

    private static final long NOT_A_CHECKPOINT = -1;

    private final JobGraph graph;
    private final JobTranslation translation;
    private final JobCoordinators coordinators;
    private final boolean finalCheckpoint;
    private final @Nullable Checkpointing checkpointing;
    private final RestoredStates states;
    private final Set<ExecutionVertexID> everything;
    private final ClassLoader userLoader;

    /** @param newestId of the complete checkpoints that were there before the job; 0 without a store */
    private record Checkpointing(
            CheckpointDirectory directory,
            JobCheckpoints checkpoints,
            CheckpointPolicy.Retention retention,
            @Nullable JobStore store,
            long newestId) {}

    private Recovery(
            JobGraph graph,
            JobTranslation translation,
            JobCoordinators coordinators,
            RestoredStates states,
            Dataflow dataflow,
            ClassLoader userLoader,
            boolean finalCheckpoint,
            @Nullable Checkpointing checkpointing) {
        this.states = states;
        this.userLoader = userLoader;
        this.graph = graph;
        this.translation = translation;
        this.coordinators = coordinators;
        this.finalCheckpoint = finalCheckpoint;
        this.checkpointing = checkpointing;
        this.everything = ids(Regions.whole(dataflow));
    }

    static Recovery of(
            JobGraph graph,
            Configuration configuration,
            Dataflow dataflow,
            JobTranslation translation,
            JobCoordinators coordinators,
            RestoredStates states,
            ClassLoader userLoader,
            @Nullable JobStore store)
            throws IOException, FlinkException {
        CheckpointPolicy policy = CheckpointPolicies.of(graph, configuration);
        if (policy == null) {
            return new Recovery(graph, translation, coordinators, states, dataflow, userLoader, false, null);
        }
        JobCheckpointingSettings settings = graph.getCheckpointingSettings();
        if (policy.isPeriodic() && settings != null && settings.getMasterHooks() != null) {
            throw new FlinkException(
                    "a source has a hook of the checkpoint coordinator's (WithMasterCheckpointHook), which is"
                            + " never called here, so it would not go back with the job; run it on a Flink cluster, or without"
                            + " checkpoints");
        }
        File own = store != null
                ? store.directory().toFile()
                : new File(ConfigurationUtils.parseTempDirectories(configuration)[0]);
        CheckpointDirectory directory = CheckpointDirectory.open(
                CheckpointSettings.of(configuration, new Path(new File(own, "checkpoints").toURI())),
                graph.getJobID(),
                store == null ? "" : store.directory().getFileName().toString(),
                states.local());
        long newestId = store == null ? 0 : directory.newest();
        JobCheckpoints checkpoints = new JobCheckpoints(
                graph.getName(),
                policy,
                CheckpointPolicies.initialDelayMillis(graph, policy),
                CheckpointTopologies.of(dataflow),
                translation,
                coordinators,
                directory,
                configuration.get(WebOptions.CHECKPOINTS_HISTORY_SIZE),
                store,
                store == null ? 1 : Math.max(newestId + 1, store.record().nextCheckpointId()),
                userLoader);
        states.attach(checkpoints);
        return new Recovery(
                graph,
                translation,
                coordinators,
                states,
                dataflow,
                userLoader,
                policy.isPeriodic() && policy.afterTasksFinish(),
                new Checkpointing(directory, checkpoints, policy.retention(), store, newestId));
    }

    // ---- while the subtasks concerned do not run

    /**
     * Sets the job to where another process has left it, else to the savepoint that it is started from. False where there is
     * neither.
     *
     * @param ignoreUnclaimed whether state of operators that the program has no more is passed over where the job goes on
     */
    boolean restoreFirst(@Nullable SavepointRestoreSettings settings, boolean ignoreUnclaimed)
            throws IOException, FlinkException {
        JobStore store = checkpointing == null ? null : checkpointing.store();
        if (checkpointing != null && store != null && store.record().resumable()) {
            resume(checkpointing, store, ignoreUnclaimed);
            return true;
        }
        boolean restored = restoreFrom(settings);
        if (checkpointing != null && store != null) {
            beginAnew(checkpointing, store, restored);
        }
        return restored;
    }

    private boolean restoreFrom(@Nullable SavepointRestoreSettings settings) throws IOException, FlinkException {
        if (settings == null || !settings.restoreSavepoint()) {
            return false;
        }
        if (checkpointing == null) {
            throw new FlinkException("a batch job cannot start from a savepoint: path=" + settings.getRestorePath());
        }
        StoredCheckpoint found = CheckpointLoader.load(settings.getRestorePath(), userLoader);
        CheckpointLoader.verify(found, false);
        StoredCheckpoint adopted = checkpointing.directory().adopt(found, settings.getRecoveryClaimMode());
        checkpointing.checkpoints().adopted(List.of(adopted));
        restore(adopted, settings.allowNonRestoredState());
        return true;
    }

    private void resume(Checkpointing present, JobStore store, boolean allowNonRestoredState)
            throws IOException, FlinkException {
        JobRecord before = store.record();
        CheckpointLoader.Usable usable =
                CheckpointLoader.latestUsable(before.checkpoints(), userLoader, states.local());
        usable.passedOver()
                .forEach((pointer, why) -> LOG.warn(
                        "a checkpoint of job '{}' cannot be used, its files are left; {} is: {}",
                        graph.getName(),
                        usable.checkpoint(),
                        why));
        List<StoredCheckpoint> latestFirst = new ArrayList<>();
        latestFirst.add(present.directory().adopt(usable.checkpoint(), RecoveryClaimMode.CLAIM));
        usable.earlier().forEach(each -> latestFirst.add(present.directory().adopt(each, RecoveryClaimMode.CLAIM)));
        StoredCheckpoint adopted = latestFirst.get(0);
        store.phase(JobRecord.Phase.RUNNING);
        present.checkpoints().adopted(latestFirst);
        // the same command may run another program by now
        restore(adopted, allowNonRestoredState);
        List<String> pointers =
                latestFirst.stream().map(StoredCheckpoint::pointer).toList();
        Leftovers leftovers = present.directory().leftovers();
        usable.passedOver().forEach((pointer, why) -> leftovers.setAside(new Path(pointer), why.toString()));
        store.checkpoints(pointers, leftovers.drop(before.dropped(), latestFirst, userLoader));
        leftovers.sweep(adopted.id(), before.nextCheckpointId(), latestFirst);
        states.local().only(adopted.id());
        LOG.info("job '{}' goes on from {}", graph.getName(), adopted);
    }

    /** Deletes what the life before has left to be deleted, but for what the job was started from. */
    private void beginAnew(Checkpointing present, JobStore store, boolean restored) throws IOException, FlinkException {
        JobRecord before = store.record();
        if (before.stoppedWith() != null && !restored) {
            LOG.warn(
                    "job '{}' begins anew: it was stopped with savepoint {}, and '-s {}' goes on from there",
                    graph.getName(),
                    before.stoppedWith(),
                    before.stoppedWith());
        }
        List<StoredCheckpoint> startedFrom = retained();
        Set<String> left = new LinkedHashSet<>(before.checkpoints());
        left.addAll(before.dropped());
        startedFrom.forEach(needed -> left.remove(needed.pointer()));
        Leftovers leftovers = present.directory().leftovers();
        List<String> notDeleted = leftovers.drop(left, startedFrom, userLoader);
        if (isOnlyOurs(present.directory(), store)) {
            leftovers.sweep(before.firstCheckpointId() - 1, before.nextCheckpointId(), startedFrom);
        } else {
            leftovers.sweep();
        }
        store.fresh(notDeleted, 1 + present.newestId());
        states.local().only(NOT_A_CHECKPOINT);
    }

    /** Another directory may also have checkpoints of the same job in another data directory, whose numbers say nothing here. */
    private static boolean isOnlyOurs(CheckpointDirectory checkpoints, JobStore store) {
        URI own = store.directory().toUri();
        URI home = checkpoints.path().toUri();
        return own.getScheme().equals(home.getScheme()) && home.getPath().startsWith(own.getPath());
    }

    /**
     * Sets subtasks back to the latest checkpoint that can be read, or to their beginning where there is none.
     *
     * @param all whether these are all of the job's
     * @param coordinatorsToo whether coordinators go back as well: where only subtasks have failed they go on from where they
     *     are and take back what these had, as in Flink
     * @return false, and nothing is done, where the latest cannot be used and others would have to go back further too
     */
    boolean restoreLatest(SortedSet<Subtask> subtasks, boolean all, boolean coordinatorsToo)
            throws IOException, FlinkException {
        Set<ExecutionVertexID> ids = ids(subtasks);
        IOException unusable = null;
        for (StoredCheckpoint checkpoint : retained()) {
            try {
                CheckpointLoader.verify(checkpoint, states.local().index(checkpoint));
            } catch (IOException e) {
                LOG.warn("{} of job '{}' cannot be used, the one before is tried", checkpoint, graph.getName(), e);
                if (!all) {
                    return false;
                }
                unusable = unusable == null ? e : unusable;
                continue;
            }
            restored(checkpoint);
            RestoreAssignment assignment = assign(checkpoint, ids, true);
            if (coordinatorsToo || unusable != null) {
                coordinators.reset(checkpoint.id(), assignment.coordinators());
            } else {
                coordinators.resetSubtasks(checkpoint.id(), ids);
            }
            return true;
        }
        if (unusable != null) {
            throw unusable;
        }
        restored(null);
        states.beginAnew(ids);
        if (coordinatorsToo) {
            coordinators.reset(BEGINNING, Map.of());
        } else {
            coordinators.resetSubtasks(BEGINNING, ids);
        }
        return true;
    }

    private Set<ExecutionVertexID> ids(Collection<Subtask> subtasks) {
        return subtasks.stream()
                .map(subtask -> new ExecutionVertexID(
                        translation.vertices().get(subtask.vertex()).getID(), subtask.index()))
                .collect(Collectors.toSet());
    }

    private List<StoredCheckpoint> retained() throws FlinkException {
        if (checkpointing == null) {
            return List.of();
        }
        try {
            return checkpointing.checkpoints().retained().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlinkException("interrupted while job '" + graph.getName() + "' was restored", e);
        } catch (ExecutionException e) {
            throw new FlinkException("the checkpoints of job '" + graph.getName() + "' are not known", e.getCause());
        }
    }

    private void restored(@Nullable StoredCheckpoint checkpoint) {
        if (checkpointing != null) {
            checkpointing.checkpoints().restored(checkpoint);
        }
    }

    private void restore(StoredCheckpoint checkpoint, boolean allowNonRestoredState) throws FlinkException {
        coordinators.reset(
                checkpoint.id(),
                assign(checkpoint, everything, allowNonRestoredState).coordinators());
    }

    private RestoreAssignment assign(
            StoredCheckpoint checkpoint, Set<ExecutionVertexID> subtasks, boolean allowNonRestoredState)
            throws FlinkException {
        List<RestoreAssignment.Task> tasks = translation.vertices().stream()
                .map(vertex -> new RestoreAssignment.Task(
                        vertex, translation.parallelism(vertex), translation.maxParallelism(vertex)))
                .toList();
        RestoreAssignment assignment =
                RestoreAssignment.of(withoutWhatIsIgnored(checkpoint), tasks, allowNonRestoredState);
        translation
                .vertices()
                .forEach(vertex -> translation.adoptMaxParallelism(vertex, assignment.maxParallelism(vertex.getID())));
        states.restore(assignment, states.local().index(checkpoint), subtasks);
        return assignment;
    }

    private StoredCheckpoint withoutWhatIsIgnored(StoredCheckpoint checkpoint) {
        JobCheckpointingSettings settings = graph.getCheckpointingSettings();
        if (settings == null
                || settings.getCheckpointCoordinatorConfiguration().getCheckpointIdOfIgnoredInFlightData()
                        != checkpoint.id()) {
            return checkpoint;
        }
        LOG.warn("job '{}' goes on from {} without what was in flight, as configured", graph.getName(), checkpoint);
        return checkpoint.withoutInFlight();
    }

    // ---- any thread

    /** How the subtasks of an attempt take part in checkpoints. */
    TaskCheckpointing taskCheckpointing() {
        return checkpointing == null
                ? TaskCheckpointing.NONE
                : new TaskCheckpointing(finalCheckpoint, checkpointing.checkpoints(), System::currentTimeMillis);
    }

    /** All subtasks run, or are about to. */
    void started(RunningSubtasks running) {
        if (checkpointing != null) {
            checkpointing.checkpoints().started(running);
        }
    }

    /** Some run no more, or are about to, and will run again if the job goes on. */
    void suspended(@Nullable Throwable cause, Set<Subtask> stopped) {
        if (checkpointing != null) {
            checkpointing.checkpoints().suspended(cause, stopped);
        }
    }

    void subtaskRunning(SubtaskId subtask) {
        if (checkpointing != null) {
            checkpointing.checkpoints().subtaskRunning(subtask);
        }
    }

    void subtaskFinished(SubtaskId subtask) {
        if (checkpointing != null) {
            checkpointing.checkpoints().subtaskFinished(subtask);
        }
    }

    /** The job is over. Blocks until files that are not to stay are deleted. */
    void ended(JobStatus status) {
        if (checkpointing == null) {
            return;
        }
        JobStore store = checkpointing.store();
        CheckpointEvent.End end =
                switch (status) {
                    case FINISHED -> CheckpointEvent.End.FINISHED;
                    case CANCELED -> CheckpointEvent.End.CANCELLED;
                    case SUSPENDED -> CheckpointEvent.End.SUSPENDED;
                    default -> CheckpointEvent.End.FAILED;
                };
        if (store != null) {
            // Before its last checkpoint is deleted: a process that dies in between would leave a job that has done
            // everything and begins anew.
            end = leave(store, end, checkpointing.retention());
        }
        checkpointing.checkpoints().ended(end);
        close();
        try {
            checkpointing.directory().tidy();
        } catch (IOException e) {
            LOG.warn("empty directories of job '{}' could not be deleted", graph.getName(), e);
        }
    }

    /** What the next process will think of the end: nothing may be deleted of a job that it goes on with. */
    private CheckpointEvent.End leave(JobStore store, CheckpointEvent.End end, CheckpointPolicy.Retention retention) {
        try {
            synchronized (store) {
                if (end == CheckpointEvent.End.SUSPENDED && store.record().phase() != JobRecord.Phase.ENDED) {
                    store.phase(JobRecord.Phase.SUSPENDED);
                } else {
                    store.ended(retention.keeps(end));
                }
            }
            return end;
        } catch (IOException e) {
            LOG.warn(
                    "how job '{}' ended is not on the disk: end={}, and the same command would go on with it",
                    graph.getName(),
                    end,
                    e);
            return CheckpointEvent.End.SUSPENDED;
        }
    }

    /** Ends the threads. After {@link #ended}, or where the job could not start. */
    void close() {
        if (checkpointing != null) {
            checkpointing.checkpoints().close();
        }
    }

    CompletableFuture<String> savepoint(
            PostCheckpointAction action, @Nullable String targetDirectory, SavepointFormatType format) {
        return checkpointing == null
                ? noCheckpoints()
                : checkpointing
                        .checkpoints()
                        .request(
                                format == SavepointFormatType.CANONICAL
                                        ? CheckpointKind.SAVEPOINT_CANONICAL
                                        : CheckpointKind.SAVEPOINT_NATIVE,
                                action,
                                targetDirectory);
    }

    CompletableFuture<String> checkpoint(boolean full) {
        return checkpointing == null
                ? noCheckpoints()
                : checkpointing
                        .checkpoints()
                        .request(
                                full ? CheckpointKind.FULL_CHECKPOINT : CheckpointKind.CHECKPOINT,
                                PostCheckpointAction.NONE,
                                null);
    }

    private CompletableFuture<String> noCheckpoints() {
        return CompletableFuture.failedFuture(new IllegalStateException(
                "job '" + graph.getName() + "' runs in batch mode, where there are no checkpoints and savepoints"));
    }

    Optional<CheckpointStatistics> statistics() {
        return checkpointing == null
                ? Optional.empty()
                : Optional.of(checkpointing.checkpoints().statistics());
    }
}

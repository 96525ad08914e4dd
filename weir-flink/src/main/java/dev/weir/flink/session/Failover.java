package dev.weir.flink.session;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.JobExecution;
import dev.weir.engine.job.JobObserver;
import dev.weir.engine.job.JobOptions;
import dev.weir.engine.job.JobRun;
import dev.weir.engine.job.JobState;
import dev.weir.engine.job.JobSupervisor;
import dev.weir.engine.job.NetworkAllotment;
import dev.weir.engine.job.Regions;
import dev.weir.engine.job.SubtaskState;
import dev.weir.engine.job.TaskGraph;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.SubtaskId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a job's regions and says what a failure means: which of them run again and when, or that the job is over.
 *
 * <p>As in Flink, a task's failure restarts its region, and the coordinators go on from where they are; a failure that is
 * no task's restarts everything, coordinators included. A later failure of something that is about to restart anyway
 * changes nothing, but that one of the second kind takes over what a task's failure has begun.
 *
 * <p>Thread-safe. The state is guarded by this object's monitor, in which nothing blocks and no run is told to stop; all
 * that may take its time, and the ends of runs, are the business of one thread, which exists from the first of these on.
 */
final class Failover implements RunningSubtasks {
    private static final Logger LOG = LoggerFactory.getLogger(Failover.class);

    /** Hears of the job's life. */
    interface Listener {
        /** Called in the monitor. */
        void entering(JobStatus status, @Nullable Throwable cause);

        /** Something has failed that is no task. Called in the monitor. */
        void failed(Throwable cause);

        /** These subtasks will run again, and none of them runs now. Called on the failover's thread. */
        void runAgain(Collection<Subtask> subtasks) throws Exception;

        /** No thread of a subtask is left and none will be. Called once, on the failover's thread. */
        void over(JobRun.Outcome outcome);
    }

    /** How to run a job. */
    record Plan(
            JobID id,
            Dataflow dataflow,
            NetworkAllotment network,
            boolean regional,
            JobOptions options,
            Restarts restarts) {
        String name() {
            return dataflow.name();
        }
    }

    private final Plan plan;
    private final Recovery recovery;
    private final JobObserver subtaskObserver;
    private final Listener listener;
    private final JobSupervisor supervisor;
    private final ScheduledThreadPoolExecutor thread;
    private final List<Region> regions = new ArrayList<>();
    private final Map<Subtask, Region> regionOf = new HashMap<>();

    private @Nullable Ending ending;
    private boolean over;
    private int restartCount;

    /** The savepoint that the job was stopped with: what comes after it is not to be done again. */
    private @Nullable String stoppedWith;

    /** What runs, fails and restarts as one. */
    private static final class Region {
        final SortedSet<Subtask> subtasks;
        int attempt = -1;
        volatile @Nullable JobRun run;
        JobRun.@Nullable Outcome last;

        @Nullable
        Restart restart;

        Region(SortedSet<Subtask> subtasks) {
            this.subtasks = subtasks;
        }
    }

    /** Regions that will run again together. One that another restart takes over is dropped from it. */
    private static final class Restart {
        final Set<Region> regions = new HashSet<>();
        final Throwable cause;
        boolean coordinatorsToo;
        boolean due;
        boolean restoring;

        Restart(Throwable cause, boolean coordinatorsToo) {
            this.cause = cause;
            this.coordinatorsToo = coordinatorsToo;
        }

        SortedSet<Subtask> subtasks() {
            SortedSet<Subtask> all = new TreeSet<>();
            regions.forEach(region -> all.addAll(region.subtasks));
            return all;
        }
    }

    /**
     * Why nothing runs again.
     *
     * @param failure null where the job was cancelled
     * @param where the region that failed; null where it was not one
     */
    private record Ending(@Nullable Throwable failure, @Nullable Region where) {}

    /** @param subtaskObserver hears of every subtask's states */
    Failover(Plan plan, Recovery recovery, JobObserver subtaskObserver, Listener listener) {
        this.plan = plan;
        this.recovery = recovery;
        this.subtaskObserver = subtaskObserver;
        this.listener = listener;
        for (SortedSet<Subtask> subtasks : Regions.of(plan.dataflow())) {
            Region region = new Region(subtasks);
            regions.add(region);
            subtasks.forEach(subtask -> regionOf.put(subtask, region));
        }
        supervisor = JobSupervisor.start(plan.name(), plan.options());
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread created = new Thread(task, "Failover of " + plan.name());
            created.setDaemon(true);
            created.setContextClassLoader(plan.options().contextClassLoader());
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Starts all subtasks. Where one cannot be, the job is over soon. */
    synchronized void start() {
        launch(regions);
    }

    private void launch(Collection<Region> which) {
        try {
            which.forEach(this::launch);
            if (regions.stream().allMatch(region -> region.restart == null)) {
                recovery.started(this);
            }
        } catch (RuntimeException | Error e) {
            // such as a lack of threads: what has been started is stopped
            end(new Ending(e, null));
        }
    }

    private void launch(Region region) {
        region.attempt++;
        region.restart = null;
        region.last = null;
        TaskGraph tasks = TaskGraph.of(
                plan.dataflow(),
                region.subtasks,
                ChannelLimits.DEFAULT,
                plan.network(),
                TaskSignal::blocking,
                recovery.taskCheckpointing(),
                region.attempt);
        JobRun run = JobExecution.start(tasks, supervisor, new RegionObserver(region));
        region.run = run;
        CompletableFuture<Void> unused =
                run.outcome().thenAccept(outcome -> thread.execute(() -> ended(region, outcome)));
    }

    // ---- what happens

    private final class RegionObserver implements JobObserver {
        private final Region region;

        RegionObserver(Region region) {
            this.region = region;
        }

        @Override
        public void onSubtask(SubtaskId subtask, SubtaskState state, long epochMillis, @Nullable Throwable failure) {
            subtaskObserver.onSubtask(subtask, state, epochMillis, failure);
        }

        @Override
        public void onSecondaryFailure(SubtaskId subtask, Throwable failure) {
            subtaskObserver.onSecondaryFailure(subtask, failure);
        }

        @Override
        public void onJob(JobState state, long epochMillis, @Nullable Throwable failure) {
            if (state == JobState.FAILING && failure != null) {
                failing(region, failure);
            }
        }
    }

    private synchronized void failing(Region region, Throwable cause) {
        if (isGoingOn() && region.restart == null) {
            decide(plan.regional() ? List.of(region) : regions, cause, region);
        }
    }

    /** Something failed that is no task: a coordinator, or the job's checkpoints too often. */
    synchronized void failAll(Throwable cause) {
        boolean underWay = regions.stream()
                .allMatch(region ->
                        region.restart != null && region.restart.coordinatorsToo && !region.restart.restoring);
        if (isGoingOn() && !underWay) {
            listener.failed(cause);
            decide(regions, cause, null);
        }
    }

    @Override
    public void fail(Throwable cause, @Nullable Subtask subtask) {
        if (subtask == null) {
            failAll(cause);
            return;
        }
        JobRun run = present(subtask);
        if (run != null) {
            run.fail(cause);
        }
    }

    /** Cancels everything, what waits for a restart included. */
    synchronized void cancel() {
        if (isGoingOn()) {
            end(new Ending(null, null));
        }
    }

    /** How often anything has been restarted. */
    synchronized int restarts() {
        return restartCount;
    }

    /**
     * Sinks commit what such a savepoint has, and the job can only go back to a checkpoint before it: a failure from now on
     * ends the job, as in Flink. So does one that came first, where it has perhaps begun another attempt.
     *
     * @param restartsBefore as the savepoint was asked for
     */
    synchronized void stopped(String location, int restartsBefore) {
        stoppedWith = location;
        Throwable pending = regions.stream()
                .filter(region -> region.restart != null)
                .map(region -> region.restart.cause)
                .findFirst()
                .orElse(null);
        if (isGoingOn() && (pending != null || restartCount > restartsBefore)) {
            end(new Ending(new StopWithSavepointStoppingException(location, plan.id(), pending), null));
        }
    }

    // ---- in the monitor

    private boolean isGoingOn() {
        return ending == null && !over;
    }

    /** @param where the region whose failure it is, null where it is none's */
    private void decide(Collection<Region> affected, Throwable cause, @Nullable Region where) {
        OptionalLong delay = stoppedWith == null ? plan.restarts().delayMillis(cause) : OptionalLong.empty();
        if (delay.isEmpty()) {
            end(new Ending(cause, where));
            return;
        }
        Restart restart = new Restart(cause, where == null);
        affected.forEach(region -> join(restart, region));
        listener.entering(JobStatus.RESTARTING, cause);
        LOG.info(
                "job '{}': {} of {} subtasks restart in {} ms: {}",
                plan.name(),
                restart.subtasks().size(),
                regionOf.size(),
                delay.getAsLong(),
                Restarts.printed(cause));
        stop(restart);
        thread.schedule(
                () -> {
                    synchronized (this) {
                        restart.due = true;
                    }
                    goOn(restart);
                },
                delay.getAsLong(),
                TimeUnit.MILLISECONDS);
    }

    private static void join(Restart restart, Region region) {
        if (region.restart != null) {
            region.restart.regions.remove(region);
        }
        region.restart = restart;
        restart.regions.add(region);
    }

    private void stop(Restart restart) {
        recovery.suspended(restart.cause, restart.subtasks());
        cancel(restart.regions);
    }

    private void end(Ending why) {
        ending = why;
        listener.entering(why.failure() == null ? JobStatus.CANCELLING : JobStatus.FAILING, why.failure());
        recovery.suspended(why.failure(), regionOf.keySet());
        cancel(regions);
        thread.execute(this::endIfNothingRuns);
    }

    /** Not here, since a run's lock may be held by who waits for this monitor. */
    private void cancel(Collection<Region> which) {
        List<JobRun> runs = which.stream()
                .<JobRun>mapMulti((region, add) -> {
                    JobRun run = region.run;
                    if (run != null) {
                        add.accept(run);
                    }
                })
                .toList();
        thread.execute(() -> runs.forEach(JobRun::cancel));
    }

    // ---- the thread

    private void ended(Region region, JobRun.Outcome outcome) {
        Restart restart;
        synchronized (this) {
            region.run = null;
            region.last = outcome;
            restart = region.restart;
            if (outcome.gaveUpThreads() && ending == null) {
                // beside a thread that may still write, another attempt would write the same twice
                end(new Ending(restart == null ? outcome.failure() : restart.cause, region));
            }
            if (restart != null) {
                // once more: a subtask may have begun to run as its region failed
                recovery.suspended(restart.cause, region.subtasks);
            }
        }
        endIfNothingRuns();
        if (restart != null) {
            goOn(restart);
        }
    }

    private void goOn(Restart restart) {
        SortedSet<Subtask> subtasks;
        boolean coordinatorsToo;
        synchronized (this) {
            boolean waiting = restart.regions.isEmpty()
                    || restart.restoring
                    || !restart.due
                    || restart.regions.stream().anyMatch(region -> region.run != null);
            if (ending != null || waiting) {
                return;
            }
            restart.restoring = true;
            subtasks = restart.subtasks();
            coordinatorsToo = restart.coordinatorsToo;
        }
        boolean restored;
        try {
            listener.runAgain(subtasks);
            restored = recovery.restoreLatest(subtasks, subtasks.size() == regionOf.size(), coordinatorsToo);
        } catch (Throwable t) {
            failAll(t);
            return;
        }
        if (restored) {
            runAgain(restart);
        } else {
            widen(restart);
        }
    }

    private synchronized void runAgain(Restart restart) {
        // without those that a failure while they were restored has taken over
        List<Region> restored = List.copyOf(restart.regions);
        if (ending != null || restored.isEmpty()) {
            return;
        }
        restored.forEach(region -> region.restart = null);
        restartCount++;
        if (regions.stream().allMatch(region -> region.restart == null)) {
            listener.entering(JobStatus.RUNNING, null);
        }
        launch(restored);
    }

    /** What a region should go back to cannot be used, so everything goes back to what is before it. */
    private synchronized void widen(Restart restart) {
        if (ending != null || restart.regions.isEmpty()) {
            return;
        }
        regions.forEach(region -> join(restart, region));
        restart.coordinatorsToo = true;
        restart.restoring = false;
        stop(restart);
        thread.execute(() -> goOn(restart));
    }

    private synchronized void endIfNothingRuns() {
        boolean left =
                regions.stream().anyMatch(region -> region.run != null || (ending == null && region.restart != null));
        if (left || over) {
            return;
        }
        over = true;
        JobRun.Outcome outcome = outcome();
        supervisor.close();
        thread.execute(() -> {
            thread.shutdown();
            listener.over(outcome);
        });
    }

    private JobRun.Outcome outcome() {
        JobRun.Outcome givenUp = regions.stream()
                .<JobRun.Outcome>mapMulti((region, add) -> {
                    if (region.last != null && region.last.gaveUpThreads()) {
                        add.accept(region.last);
                    }
                })
                .findFirst()
                .orElse(null);
        if (ending == null) {
            return new JobRun.Outcome(JobState.FINISHED, null, null, false);
        }
        Throwable failure = ending.failure();
        if (failure == null) {
            return givenUp == null
                    ? new JobRun.Outcome(JobState.CANCELED, null, null, false)
                    : new JobRun.Outcome(JobState.FAILED, givenUp.failure(), givenUp.failedSubtask(), true);
        }
        Region where = ending.where();
        JobRun.Outcome last = where == null ? null : where.last;
        String subtask = last != null && last.failure() == failure ? last.failedSubtask() : null;
        Throwable cause = stoppedWith == null || failure instanceof StopWithSavepointStoppingException
                ? failure
                : new StopWithSavepointStoppingException(stoppedWith, plan.id(), failure);
        return new JobRun.Outcome(JobState.FAILED, cause, subtask, givenUp != null);
    }

    // ---- messages to subtasks

    private @Nullable JobRun present(Subtask subtask) {
        Region region = regionOf.get(subtask);
        return region == null ? null : region.run;
    }

    private void tell(int vertex, int subtask, Consumer<JobRun> message) {
        JobRun run = present(new Subtask(vertex, subtask));
        if (run != null) {
            message.accept(run);
        }
    }

    @Override
    public void triggerCheckpoint(int vertex, int subtask, CheckpointBarrier barrier) {
        tell(vertex, subtask, run -> run.triggerCheckpoint(vertex, subtask, barrier));
    }

    @Override
    public void checkpointCompleted(int vertex, int subtask, long id) {
        tell(vertex, subtask, run -> run.checkpointCompleted(vertex, subtask, id));
    }

    @Override
    public void checkpointAborted(int vertex, int subtask, long id) {
        tell(vertex, subtask, run -> run.checkpointAborted(vertex, subtask, id));
    }
}

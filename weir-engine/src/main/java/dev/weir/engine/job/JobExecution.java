package dev.weir.engine.job;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.engine.task.TaskLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs one attempt of a dataflow, or of one of its regions: a thread for each subtask, all daemons, all gone when it is
 * over.
 *
 * <p>The first failure is the run's; it cancels every other task, and what these throw then is not reported as a cause.
 * The state is guarded by {@code lock}, in which the observer is called and no subtask's monitor is taken.
 */
public final class JobExecution implements JobRun {
    private final JobObserver observer;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    private final Object lock = new Object();
    private volatile JobState state = JobState.CREATED;
    private @Nullable Throwable failure;
    private @Nullable String failedSubtask;

    /** Null once the run is over: whoever keeps this object then keeps none of the job's code and data. */
    private volatile @Nullable Running running;

    private volatile Map<Subtask, SubtaskState> lastStates = Map.of();

    /** What there is only while the subtasks run. */
    private record Running(Map<Subtask, SubtaskExecution> subtasks, Supervision supervision) {}

    private JobExecution(JobObserver observer) {
        this.observer = observer;
    }

    /**
     * Starts a whole dataflow by itself and returns at once. All channels exist before the first task runs.
     *
     * @throws IllegalArgumentException when the dataflow is not well formed; nothing was started then
     */
    public static JobRun start(Dataflow dataflow, JobOptions options, JobObserver observer) {
        TaskGraph tasks = TaskGraph.of(
                dataflow,
                Regions.whole(dataflow),
                ChannelLimits.DEFAULT,
                NetworkAllotment.of(dataflow, NetworkMemory.DEFAULT),
                TaskSignal::blocking,
                TaskCheckpointing.NONE,
                0);
        JobSupervisor supervisor = JobSupervisor.start(dataflow.name(), options);
        JobRun run = start(tasks, supervisor, observer);
        CompletableFuture<Void> unused = run.outcome().thenRun(supervisor::close);
        return run;
    }

    /**
     * Starts tasks that have not run before and returns at once.
     *
     * @param tasks with {@link TaskSignal#blocking()} signals
     * @param supervisor of the job
     */
    public static JobRun start(TaskGraph tasks, JobSupervisor supervisor, JobObserver observer) {
        JobThreads threads = new JobThreads(supervisor.options().contextClassLoader());
        JobExecution run = new JobExecution(observer);
        Map<Subtask, SubtaskExecution> subtasks = new LinkedHashMap<>();
        for (TaskLoop task : tasks.tasks()) {
            subtasks.put(
                    new Subtask(task.subtask().vertex(), task.subtask().index()),
                    new SubtaskExecution(task, run, threads));
        }
        Supervision supervision =
                new Supervision(run, supervisor, List.copyOf(subtasks.values()), new FlushSchedule(tasks.writers()));
        run.running = new Running(subtasks, supervision);
        run.transition(JobState.CREATED, JobState.RUNNING, null, null);
        subtasks.values().forEach(SubtaskExecution::start);
        supervisor.add(supervision);
        return run;
    }

    @Override
    public JobState state() {
        return state;
    }

    @Override
    public CompletableFuture<Outcome> outcome() {
        return outcome.copy();
    }

    @Override
    public void cancel() {
        if (transition(JobState.RUNNING, JobState.CANCELLING, null, null)) {
            cancelSubtasks();
        }
    }

    @Override
    public void fail(Throwable cause) {
        if (transition(JobState.RUNNING, JobState.FAILING, cause, null)) {
            cancelSubtasks();
        }
    }

    /** Any thread: a subtask has failed. Only the first failure counts, and none while the job is cancelled. */
    void failed(SubtaskId subtask, Throwable cause) {
        if (transition(JobState.RUNNING, JobState.FAILING, cause, subtask.toString())) {
            cancelSubtasks();
        }
    }

    @Override
    public void triggerCheckpoint(int vertex, int subtask, CheckpointBarrier barrier) {
        tell(vertex, subtask, loop -> loop.triggerCheckpoint(barrier));
    }

    @Override
    public void checkpointCompleted(int vertex, int subtask, long id) {
        tell(vertex, subtask, loop -> loop.checkpointCompleted(id));
    }

    @Override
    public void checkpointAborted(int vertex, int subtask, long id) {
        tell(vertex, subtask, loop -> loop.checkpointAborted(id));
    }

    private void tell(int vertex, int subtask, Consumer<TaskLoop> message) {
        Running current = running;
        if (current != null) {
            SubtaskExecution receiver = current.subtasks().get(new Subtask(vertex, subtask));
            if (receiver != null) {
                message.accept(receiver.loop());
            }
        }
    }

    private void cancelSubtasks() {
        Running current = running;
        if (current != null) {
            current.subtasks().values().forEach(SubtaskExecution::requestCancel);
            current.supervision().cancelRequested();
        }
    }

    void subtaskEnded() {
        Running current = running;
        if (current != null) {
            current.supervision().subtaskEnded();
        }
    }

    /** Supervisor: no thread is left. */
    void ended(@Nullable CancellationTimeoutException givenUp, @Nullable String givenUpSubtask) {
        JobState last;
        synchronized (lock) {
            last = switch (state) {
                case FAILING -> JobState.FAILED;
                case CANCELLING -> givenUp == null ? JobState.CANCELED : JobState.FAILED;
                default -> JobState.FINISHED;
            };
            if (failure == null && givenUp != null) {
                failure = givenUp;
                failedSubtask = givenUpSubtask;
            }
            become(last);
        }
        lastStates = subtasks();
        running = null;
        outcome.complete(new Outcome(last, failure, failedSubtask, givenUp != null));
    }

    @Override
    public Map<Subtask, SubtaskState> subtasks() {
        Running current = running;
        if (current == null) {
            return lastStates;
        }
        Map<Subtask, SubtaskState> states = new LinkedHashMap<>();
        current.subtasks().forEach((subtask, execution) -> states.put(subtask, execution.state()));
        return states;
    }

    private boolean transition(JobState from, JobState to, @Nullable Throwable cause, @Nullable String causingSubtask) {
        synchronized (lock) {
            if (state != from) {
                return false;
            }
            failure = cause;
            failedSubtask = causingSubtask;
            become(to);
            return true;
        }
    }

    private void become(JobState next) {
        state = next;
        try {
            observer.onJob(next, System.currentTimeMillis(), failure);
        } catch (Throwable t) {
            broken(t);
        }
    }

    void observe(SubtaskId subtask, SubtaskState next, @Nullable Throwable cause) {
        try {
            observer.onSubtask(subtask, next, System.currentTimeMillis(), cause);
        } catch (Throwable t) {
            broken(t);
        }
    }

    /** Something went wrong that is not why the run ends. */
    void secondary(SubtaskId subtask, Throwable cause) {
        try {
            observer.onSecondaryFailure(subtask, cause);
        } catch (Throwable t) {
            broken(t);
        }
    }

    /** An observer must not throw. One that does must not hold up the run either. */
    private static void broken(Throwable t) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
    }
}

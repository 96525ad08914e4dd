package dev.weir.engine.job;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.engine.task.TaskLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a dataflow: a thread for each subtask and one supervisor for the job, all daemons, all gone when it is over.
 *
 * <p>The first failure is the job's; it cancels every other task, and what these throw then is not reported as a cause.
 * The state is guarded by {@code lock}, in which the observer is called and no subtask's monitor is taken.
 */
public final class JobExecution implements JobRun {
    private final JobObserver observer;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    private final Object lock = new Object();
    private volatile JobState state = JobState.CREATED;
    private @Nullable Throwable failure;
    private @Nullable String failedSubtask;

    /** Null once the job is over: whoever keeps this object then keeps none of the job's code and data. */
    private volatile @Nullable Running running;

    private volatile List<List<SubtaskState>> lastStates = List.of();

    /** What there is only while the job runs. */
    private record Running(
            List<List<SubtaskExecution>> vertices, List<SubtaskExecution> subtasks, JobSupervisor supervisor) {}

    private JobExecution(JobObserver observer) {
        this.observer = observer;
    }

    /**
     * Starts a job and returns at once. All channels exist before the first task runs.
     *
     * @throws IllegalArgumentException when the dataflow is not well formed; nothing was started then
     */
    public static JobRun start(Dataflow dataflow, JobOptions options, JobObserver observer) {
        return start(dataflow, options, ChannelLimits.DEFAULT, observer, TaskCheckpointing.NONE, 0);
    }

    /**
     * Starts one attempt of a job whose subtasks take part in checkpoints.
     *
     * @param limits the size of channels
     * @param attempt 0 for the first, one more for each restart
     */
    public static JobRun start(
            Dataflow dataflow,
            JobOptions options,
            ChannelLimits limits,
            JobObserver observer,
            TaskCheckpointing checkpointing,
            int attempt) {
        TaskGraph graph = TaskGraph.of(dataflow, limits, TaskSignal::blocking, checkpointing, attempt);
        JobThreads threads = new JobThreads(options.contextClassLoader());
        JobExecution job = new JobExecution(observer);
        List<List<SubtaskExecution>> vertices = graph.tasks().stream()
                .map(tasks -> tasks.stream()
                        .map(task -> new SubtaskExecution(task, job, threads))
                        .toList())
                .toList();
        List<SubtaskExecution> subtasks =
                vertices.stream().flatMap(List::stream).toList();
        JobSupervisor supervisor = new JobSupervisor(job, options, subtasks, new FlushSchedule(graph.writers()));
        job.running = new Running(vertices, subtasks, supervisor);
        job.transition(JobState.CREATED, JobState.RUNNING, null, null);
        threads.create("Supervisor of " + dataflow.name(), supervisor).start();
        subtasks.forEach(SubtaskExecution::start);
        return job;
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
            message.accept(current.vertices().get(vertex).get(subtask).loop());
        }
    }

    private void cancelSubtasks() {
        Running current = running;
        if (current != null) {
            current.subtasks().forEach(SubtaskExecution::requestCancel);
            current.supervisor().cancelRequested();
        }
    }

    void subtaskEnded() {
        Running current = running;
        if (current != null) {
            current.supervisor().subtaskEnded();
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
    public List<List<SubtaskState>> subtasks() {
        Running current = running;
        return current == null
                ? lastStates
                : current.vertices().stream()
                        .map(vertex ->
                                vertex.stream().map(SubtaskExecution::state).toList())
                        .toList();
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

    /** Something went wrong that is not why the job ends. */
    void secondary(SubtaskId subtask, Throwable cause) {
        try {
            observer.onSecondaryFailure(subtask, cause);
        } catch (Throwable t) {
            broken(t);
        }
    }

    /** An observer must not throw. One that does must not hold up the job either. */
    private static void broken(Throwable t) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
    }
}

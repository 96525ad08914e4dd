package dev.weir.testing.simulation;

import dev.weir.engine.exchange.CancelledException;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.CheckpointMessages;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.EdgeWiring;
import dev.weir.engine.job.NetworkAllotment;
import dev.weir.engine.job.Regions;
import dev.weir.engine.job.TaskGraph;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.engine.task.TaskLoop;
import dev.weir.engine.task.TaskLoop.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Drives every task of a dataflow on the calling thread, one step of one task at a time, as a seed decides; time passes
 * only when nothing else can happen, or by chance. The same dataflow and seed give the same run.
 *
 * <p>A task that found nothing to do is left asleep until its own conditions say otherwise, so that a missing signal shows
 * as a job that stands still: {@link #run()} then throws, with the seed and what each task is at.
 */
public final class DataflowSimulator {
    private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final class Task {
        final TaskLoop loop;
        Step last = Step.WORKED;
        boolean opened;
        boolean ended;

        Task(TaskLoop loop) {
            this.loop = loop;
        }

        boolean mayStep() {
            return !ended && (last == Step.WORKED || loop.mayProceed());
        }
    }

    private final Dataflow dataflow;
    private final SimulationOptions options;
    private final long seed;
    private final Random random;
    private final List<Task> tasks = new ArrayList<>();
    private final List<ChannelWriter> writers;
    private final VirtualTime time;
    private final SubtaskObserver observer;
    private long nextFlushNanos;
    private boolean cancelled;

    /** Builds the tasks; nothing runs yet. */
    public DataflowSimulator(Dataflow dataflow, SimulationOptions options, long seed) {
        this(dataflow, options, seed, TaskCheckpointing.NONE);
    }

    /** Builds the tasks of a job that takes checkpoints; nothing runs yet. */
    public DataflowSimulator(Dataflow dataflow, SimulationOptions options, long seed, TaskCheckpointing checkpointing) {
        this(dataflow, options, seed, checkpointing, new VirtualTime(), SubtaskObserver.NONE, 0);
    }

    /** Builds the tasks of an attempt to run a job, in the time of whatever else is simulated; nothing runs yet. */
    public DataflowSimulator(
            Dataflow dataflow,
            SimulationOptions options,
            long seed,
            TaskCheckpointing checkpointing,
            VirtualTime time,
            SubtaskObserver observer,
            int attempt) {
        this.dataflow = dataflow;
        this.options = options;
        this.seed = seed;
        this.time = time;
        this.observer = observer;
        this.random = new Random(seed);
        this.nextFlushNanos = time.nowNanos() + FLUSH_NANOS;
        TaskGraph graph = TaskGraph.of(
                dataflow,
                Regions.whole(dataflow),
                options.limits(),
                NetworkAllotment.of(dataflow, options.network()),
                TaskSignal::overflowing,
                checkpointing,
                attempt);
        graph.tasks().forEach(loop -> tasks.add(new Task(loop)));
        this.writers = graph.writers();
    }

    /** The virtual time. */
    public long nowNanos() {
        return time.nowNanos();
    }

    /** Has an action run, between two steps, once {@code delayNanos} of virtual time have passed. */
    public void schedule(long delayNanos, Runnable action) {
        time.schedule(delayNanos, action);
    }

    /** The subtasks that run, of which those that no barrier can reach are told of the checkpoint. */
    public Set<SubtaskId> triggerCheckpoint(CheckpointBarrier barrier) {
        Set<SubtaskId> running = new HashSet<>();
        for (Task task : tasks) {
            if (!task.ended) {
                running.add(task.loop.subtask());
            }
        }
        for (Task task : tasks) {
            if (!task.ended && producers(task.loop.subtask()).noneMatch(running::contains)) {
                task.loop.triggerCheckpoint(barrier);
            }
        }
        return running;
    }

    private Stream<SubtaskId> producers(SubtaskId consumer) {
        return dataflow.edges().stream()
                .filter(edge -> edge.target() == consumer.vertex())
                .flatMap(edge -> {
                    int parallelism = dataflow.vertices().get(edge.source()).parallelism();
                    EdgeWiring wiring = new EdgeWiring(edge.wiring(), parallelism, consumer.parallelism());
                    return tasks.stream()
                            .map(task -> task.loop.subtask())
                            .filter(id -> id.vertex() == edge.source()
                                    && id.index() >= wiring.firstProducer(consumer.index())
                                    && id.index() < wiring.endProducer(consumer.index()));
                });
    }

    /** What the tasks are told of checkpoints, one by one. */
    public CheckpointMessages messages() {
        return new Messages();
    }

    private final class Messages implements CheckpointMessages {
        private void tell(int vertex, int subtask, Consumer<TaskLoop> message) {
            for (Task task : tasks) {
                SubtaskId id = task.loop.subtask();
                if (!task.ended && id.vertex() == vertex && id.index() == subtask) {
                    message.accept(task.loop);
                }
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
    }

    /** Has every task look again, as one does whose sleep is over. */
    public void wakeAll() {
        tasks.forEach(task -> task.loop.wake());
    }

    /** Tells every task that a checkpoint has completed. */
    public void checkpointCompleted(long id) {
        tasks.forEach(task -> task.loop.checkpointCompleted(id));
    }

    /** Tells every task that a checkpoint was given up. */
    public void checkpointAborted(long id) {
        tasks.forEach(task -> task.loop.checkpointAborted(id));
    }

    /** Cancels every task, as a job's cancellation does. To be called before {@link #run()} or by a scheduled action. */
    public void cancel() {
        cancelled = true;
        for (Task task : tasks) {
            if (!task.ended) {
                task.loop.cancel();
                task.loop.cancelProcessor();
            }
        }
    }

    /**
     * Opens the tasks, each some time, and steps them until all have ended.
     *
     * @throws AssertionError when the dataflow stands still before its end
     * @throws Exception what a processor threw; the other tasks were closed first
     */
    public void run() throws Exception {
        try {
            while (!hasEnded()) {
                move();
            }
        } catch (Throwable t) {
            abortAll(t);
            throw t;
        }
    }

    private void abortAll(Throwable cause) {
        for (Task task : tasks) {
            if (!task.ended) {
                task.ended = true;
                try {
                    task.loop.abort();
                } catch (Throwable t) {
                    cause.addSuppressed(t);
                }
            }
        }
    }

    /** Whether every task has ended. */
    public boolean hasEnded() {
        return tasks.stream().allMatch(task -> task.ended);
    }

    private void move() throws Exception {
        runDueEvents();
        int chance = random.nextInt(100);
        if (chance < options.wakePercent()) {
            tasks.get(random.nextInt(tasks.size())).loop.wake();
        } else if (chance < options.wakePercent() + options.flushPercent() && !writers.isEmpty()) {
            writers.get(random.nextInt(writers.size())).flush();
        }
        List<Task> ready = tasks.stream().filter(Task::mayStep).toList();
        if (ready.isEmpty()) {
            passTime();
            return;
        }
        time.passTo(time.nowNanos() + random.nextInt(2_000));
        step(ready.get(random.nextInt(ready.size())));
    }

    private void runDueEvents() {
        time.runDue();
        if (nextFlushNanos <= time.nowNanos()) {
            nextFlushNanos = time.nowNanos() + FLUSH_NANOS;
            for (ChannelWriter writer : writers) {
                if (writer.bufferTimeoutMillis() > 0) {
                    writer.flush();
                }
            }
        }
    }

    /** Nobody can do anything: on to the next event, or to a flush that gets a task going. */
    private void passTime() {
        if (!time.isEmpty()) {
            time.passTo(Math.min(time.nextNanos(), nextFlushNanos));
            return;
        }
        time.passTo(nextFlushNanos);
        runDueEvents();
        if (tasks.stream().noneMatch(Task::mayStep) && time.isEmpty() && !hasEnded()) {
            throw new AssertionError("the dataflow stands still, seed=" + seed + ": "
                    + tasks.stream()
                            .map(task -> task.loop.subtask() + " " + (task.ended ? "ended" : task.last.name()))
                            .toList());
        }
    }

    private void step(Task task) throws Exception {
        attempt(task, () -> {
            if (!task.opened) {
                task.loop.open();
                task.opened = true;
                observer.running(task.loop.subtask());
                return;
            }
            task.last = task.loop.step(time.nowNanos());
            if (task.last == Step.FINISHED) {
                task.loop.complete();
                task.ended = true;
                observer.finished(task.loop.subtask());
            }
        });
    }

    @FunctionalInterface
    private interface Action {
        void run() throws Exception;
    }

    private void attempt(Task task, Action action) throws Exception {
        try {
            action.run();
        } catch (CancelledException e) {
            if (!cancelled) {
                throw e;
            }
            task.ended = true;
            task.loop.abort();
        }
    }
}

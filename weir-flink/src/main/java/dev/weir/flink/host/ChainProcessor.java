package dev.weir.flink.host;

import dev.weir.engine.exchange.CancelledException;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.InFlight;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.TaskContext;
import dev.weir.flink.metric.TaskMeters;
import dev.weir.flink.record.Whole;
import dev.weir.flink.shim.OperatorShell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.source.ExternallyInducedSourceReader;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystemSafetyNet;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.operators.InputSelectable;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.runtime.partitioner.ConfigurableStreamPartitioner;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.clock.SystemClock;
import org.apache.flink.util.function.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/**
 * One subtask of a Flink job vertex in the engine: a shell that poses as the containing task, the operator chain, and the
 * inputs that feed it. Life cycle and threads are those of {@link Processor}.
 */
final class ChainProcessor implements Processor {
    private final JobScope job;
    private final HostedVertex vertex;
    private final SourceInput.Budget budget = new SourceInput.Budget();
    private final Object lock = new Object();
    private final StreamTaskActionExecutor actions;
    private @Nullable TaskContext context;
    private @Nullable SubtaskEnvironment owner;
    private @Nullable TaskMeters meters;
    private @Nullable WakingMailbox mailbox;
    private volatile @Nullable OperatorShell shell;
    private @Nullable ChainBuilder builder;
    private @Nullable OperatorEvents events;
    private @Nullable Chain chain;
    private OvertakenRecords.@Nullable Inputs overtakable;
    private volatile @Nullable HostedInputs inputs;
    private @Nullable InputSelectable selectable;
    private long selected = -1L;
    private long ended;
    private boolean finished;
    private boolean guarded;

    ChainProcessor(JobScope job, HostedVertex vertex) {
        this.job = job;
        this.vertex = vertex;
        this.actions = vertex.legacySource()
                ? StreamTaskActionExecutor.synchronizedExecutor(lock)
                : StreamTaskActionExecutor.IMMEDIATE;
    }

    @Override
    public void open(TaskContext taskContext) throws Exception {
        context = taskContext;
        // streams that user code opens on this thread and forgets are closed with the task
        FileSystemSafetyNet.initializeSafetyNetForThread();
        guarded = true;
        int index = taskContext.subtask().index();
        int attempt = taskContext.subtask().attempt();
        TaskInfo taskInfo = new TaskInfoImpl(
                vertex.name(),
                vertex.maxParallelism(),
                index,
                vertex.parallelism(),
                attempt,
                "slot-" + job.checkpointing().slot(vertex.id(), index));
        RestoredSubtask restored = job.checkpointing().restored(vertex.id(), index);
        SubtaskEnvironment environment = new SubtaskEnvironment(
                job,
                vertex.id(),
                vertex.attempt(index, attempt),
                taskInfo,
                vertex.shellConfiguration(),
                new SubtaskState(restored),
                taskContext::fail);
        owner = environment;
        TaskMeters measured = new TaskMeters(environment.getMetricGroup(), vertex.legacySource());
        meters = measured;
        WakingMailbox mails = new WakingMailbox(
                Thread.currentThread(),
                taskContext::wake,
                environment.getMetricGroup().getIOMetricGroup().getNumMailsProcessedCounter());
        mailbox = mails;
        TaskTimers timers = new TaskTimers(job.timers(), SystemClock.getInstance(), taskContext::fail);
        OperatorShell task = new OperatorShell(
                environment,
                timers,
                (thread, failure) -> taskContext.fail(failure),
                actions,
                mails,
                () -> budget.take() && !taskContext.shouldYield());
        shell = task;
        environment.shellIsBuilt();
        OperatorEvents dispatcher = new OperatorEvents(job.coordination(), index, attempt);
        events = dispatcher;
        // of its own: operators are told there of a state backend that Flink does not know
        StreamConfig config = new StreamConfig(new Configuration(vertex.configuration()));
        ChainLinks links = new ChainLinks(
                job.templates(),
                job.twins(),
                vertex.id().toString(),
                environment.getUserCodeClassLoader().asClassLoader(),
                environment.getTaskManagerInfo().getConfiguration());
        builder = new ChainBuilder(task, config, dispatcher, taskContext.outputs(), vertex, links);
        Chain built = builder.build();
        chain = built;
        HostedInputs hosted = HostedInputs.of(built, config, environment, taskContext, task, budget, lock, links);
        inputs = hosted;
        selectable = hosted.selectable(built);
        job.coordination().ready(vertex.id(), index, attempt, this::deliver);
        actions.runThrowing(() -> built.open(vertex.stateInitializer(environment, config, task)));
        refuseInduced(built.main(), environment);
        overtakable = overtakable(built, config, index);
        if (restored != null) {
            feed(restored, config, index);
        }
        refreshSelection();
        measured.keys(new InputKeys(hosted, config, environment, vertex, index));
        measure(measured, timers, taskContext);
        hearOfCheckpoints(task, taskContext);
    }

    /** An operator that yields hears of them as well, whatever it yields to, as in Flink. */
    private static void hearOfCheckpoints(OperatorShell task, TaskContext taskContext) {
        MailboxExecutor mails = task.getMailboxExecutorFactory().createExecutor(TaskMailbox.MAX_PRIORITY);
        taskContext.onCheckpointNotice(
                () -> offer(mails, taskContext::runCheckpointNotices, "the end of a checkpoint"));
    }

    /** A source that says itself when a checkpoint is due would be taken for one whose barriers come from outside. */
    private static void refuseInduced(StreamOperator<?> head, SubtaskEnvironment environment) {
        if (CheckpointingOptions.isCheckpointingEnabled(environment.getJobConfiguration())
                && head instanceof SourceOperator<?, ?> source
                && source.getSourceReader() instanceof ExternallyInducedSourceReader<?, ?>) {
            throw new SuppressRestartsException(new UnsupportedOperationException("the source of '"
                    + environment.getTaskInfo().getTaskName()
                    + "' says itself when a checkpoint is due (ExternallyInducedSourceReader), which nobody here asks it; run"
                    + " it on a Flink cluster, or without checkpoints"));
        }
    }

    private void measure(TaskMeters measured, TaskTimers timers, TaskContext taskContext) {
        measured.snapshots(taskContext::latestSnapshot, !vertex.gates().isEmpty());
        measured.channels(taskContext::inputOccupancy, taskContext::outputOccupancy);
        measured.traffic(taskContext::receivedBytes, taskContext::sent);
        if (taskContext.debloatedBytes() > 0) {
            measured.debloating(taskContext::debloatedBytes, taskContext::millisToConsume);
        }
        if (job.metrics().isRegistered()) {
            taskContext.observeWaits(measured);
            measured.measureMailbox(timers, present(owner).getMainMailboxExecutor());
        }
        measured.running();
        job.metrics().runs(measured);
    }

    @SuppressWarnings("unchecked") // records are objects at run time
    private OvertakenRecords.Inputs overtakable(Chain built, StreamConfig config, int index) {
        List<@Nullable TypeSerializer<Object>> serializers = new ArrayList<>();
        for (StreamConfig.InputConfig input : config.getInputs(job.userLoader().asClassLoader())) {
            serializers.add(
                    input instanceof StreamConfig.NetworkInputConfig network
                            ? (TypeSerializer<Object>) network.getTypeSerializer()
                            : null);
        }
        return new OvertakenRecords.Inputs(built.main().getOperatorID(), index, vertex.gates(), serializers);
    }

    /** Records that were in flight at the checkpoint come before all others. */
    @SuppressWarnings("unchecked") // records are objects at run time
    private void feed(RestoredSubtask restored, StreamConfig config, int index) throws Exception {
        OvertakenRecords.Inputs shapes = present(overtakable);
        OperatorSubtaskState head = restored.states().get(shapes.head());
        if (head == null || head.getInputChannelState().isEmpty()) {
            return;
        }
        List<@Nullable ChannelChoice> choices = new ArrayList<>();
        for (StreamEdge edge : config.getInPhysicalEdges(job.userLoader().asClassLoader())) {
            choices.add(restored.rescaled() ? dealing((StreamPartitioner<Object>) edge.getPartitioner()) : null);
        }
        new RestoredRecords(shapes, choices, index, restored.rescaled())
                .feed(head.getInputChannelState(), new RestoredRecords.Sink() {
                    @Override
                    public void accept(int input, RecordBatch record) throws Exception {
                        actions.runThrowing(() -> present(inputs).get(input).records(record, 0, 1, present(context)));
                    }

                    @Override
                    public void accept(int input, int channel, StreamElement element) throws Exception {
                        actions.runThrowing(
                                () -> present(inputs).get(input).control(channel, new FlinkControl.Element(element)));
                    }
                });
    }

    /** Who gets a record that was in flight, where several may: null where one subtask gets all of a channel. */
    private @Nullable ChannelChoice dealing(StreamPartitioner<Object> partitioner) {
        if (!partitioner.getDownstreamSubtaskStateMapper().isAmbiguous()) {
            return null;
        }
        if (partitioner instanceof ConfigurableStreamPartitioner configurable) {
            configurable.configure(vertex.maxParallelism());
        }
        partitioner.setup(vertex.parallelism());
        return new FlinkChoice(partitioner);
    }

    /** Any thread. An event that comes after the task's end has nobody to reach, as in Flink. */
    private void deliver(OperatorID operator, OperatorEvent event) {
        OperatorShell task = shell;
        OperatorEvents dispatcher = events;
        if (task == null || dispatcher == null) {
            return;
        }
        offer(
                task.getEnvironment().getMainMailboxExecutor(),
                () -> dispatcher.dispatch(operator, event),
                "operator event");
    }

    private static void offer(MailboxExecutor mails, ThrowingRunnable<Exception> mail, String description) {
        try {
            mails.execute(mail, description);
        } catch (RejectedExecutionException e) {
            // the mailbox is closed: the task has ended
            return;
        }
    }

    @Override
    public boolean runMails() throws Exception {
        return present(mailbox).runBatch();
    }

    @Override
    public long selectedInputs() {
        return selected;
    }

    @Override
    public int onRecords(int input, int channel, RecordBatch batch, int from, int to) throws Exception {
        HostedInput hosted = present(inputs).get(input);
        TaskContext task = present(context);
        if ((ended & 1L << input) != 0) {
            return behindTheEnd(hosted, batch, from, to, task);
        }
        if (selectable == null) {
            return hosted.records(batch, from, to, task);
        }
        int next = from;
        do {
            next = hosted.records(batch, next, next + 1, task);
            refreshSelection();
        } while (next < to && !task.shouldYield() && (selected & 1L << input) != 0);
        return next;
    }

    /**
     * What comes when the input's data has ended is dropped, as in Flink, but for what committers have committed last: others
     * may have to act on it, and it would never come again.
     */
    private static int behindTheEnd(HostedInput hosted, RecordBatch batch, int from, int to, TaskContext task)
            throws Exception {
        for (int slot = from; slot < to; slot++) {
            if (Whole.record(batch, slot) instanceof CommittableMessage) {
                hosted.records(batch, slot, slot + 1, task);
            }
        }
        return to;
    }

    @Override
    public void onControl(int input, int channel, Control control) throws Exception {
        if ((ended & 1L << input) != 0) {
            return;
        }
        present(inputs).get(input).control(channel, control);
        refreshSelection();
    }

    @Override
    public Progress pull(int input, int recordsMax) throws Exception {
        Progress progress = present(inputs).get(input).pull(recordsMax);
        if (progress == Progress.END) {
            onEndOfInput(input);
        } else {
            refreshSelection();
        }
        return progress;
    }

    @Override
    public void onEndOfInput(int input) throws Exception {
        if ((ended & 1L << input) != 0) {
            return;
        }
        ended |= 1L << input;
        actions.runThrowing(() -> present(inputs).endInput(present(chain), input, this::turn));
        refreshSelection();
    }

    /** Between two records of a long drain. */
    private void turn() throws Exception {
        if (present(context).isCancelled()) {
            throw new CancelledException("draining the sorted inputs of '" + vertex.name() + "'");
        }
        if (present(mailbox).hasMail()) {
            present(mailbox).runBatch();
        }
    }

    private void refreshSelection() throws Exception {
        InputSelectable selecting = selectable;
        if (selecting == null) {
            return;
        }
        long mask = selecting.nextSelection().getInputMask();
        long open = present(inputs).mask() & ~ended;
        if (open != 0 && (mask & open) == 0) {
            throw new IllegalStateException("operator of '" + vertex.name()
                    + "' selects only inputs that have ended: selection=" + Long.toBinaryString(mask)
                    + "; nextSelection() must name an input that is still open");
        }
        selected = mask;
    }

    @Override
    public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) throws Exception {
        long id = barrier.id();
        Chain operators = present(chain);
        TaskContext task = present(context);
        return actions.call(() -> {
            operators.prepareSnapshot(id);
            passOn.run();
            Map<OperatorID, OperatorSnapshotFutures> parts = operators.snapshot(
                    id,
                    barrier.timestampMillis(),
                    SnapshotTypes.of(barrier.options()),
                    job.checkpointing().streams(id, vertex.id(), task.subtask().index()));
            job.coordination()
                    .passed(vertex.id(), task.subtask().index(), task.subtask().attempt(), id);
            return new PendingChainSnapshot(parts, finished);
        });
    }

    @Override
    public InFlight inFlight(CheckpointBarrier barrier) {
        return new OvertakenRecords(
                present(overtakable),
                job.checkpointing()
                        .streams(
                                barrier.id(),
                                vertex.id(),
                                present(context).subtask().index()));
    }

    @Override
    public void checkpointCompleted(long id) throws Exception {
        actions.runThrowing(() -> present(chain).checkpointCompleted(id));
    }

    @Override
    public void checkpointAborted(long id) throws Exception {
        actions.runThrowing(() -> present(chain).checkpointAborted(id));
    }

    @Override
    public void stopSources(boolean drain) throws Exception {
        actions.runThrowing(() -> present(inputs).stop(drain));
    }

    @Override
    public void finish(boolean drain) throws Exception {
        Chain operators = present(chain);
        HostedInputs hosted = present(inputs);
        if (drain) {
            actions.runThrowing(() -> hosted.endOfEventTime(operators));
        }
        operators.finish(actions, drain);
        // what is left are mails that no operator waits for
        present(mailbox).runBatch();
        finished = true;
    }

    @Override
    public void cancel() {
        OperatorShell task = shell;
        HostedInputs hosted = inputs;
        try {
            if (hosted != null) {
                hosted.cancel();
            }
            if (task != null) {
                task.cancel();
            }
        } catch (Exception e) {
            throw new IllegalStateException("cancelling '" + vertex.name() + "' failed", e);
        }
    }

    @Override
    public void close() throws Exception {
        @Nullable Throwable failure = null;
        HostedInputs hosted = inputs;
        if (hosted != null) {
            failure = attempt(hosted::close, failure);
        }
        OperatorShell task = shell;
        if (task != null && !finished && !task.isCanceled()) {
            // it failed: operators ask the shell, and wait in close for what a failed one cannot complete
            failure = attempt(task::cancel, failure);
        }
        ChainBuilder built = builder;
        if (built != null) {
            List<HostedOperator> operators = built.created();
            failure = attempt(() -> Chain.close(operators), failure);
        }
        SubtaskEnvironment environment = owner;
        if (environment != null) {
            failure = attempt(environment::disposeOwned, failure);
        }
        if (task != null) {
            failure = attempt(() -> task.cleanUp(null), failure);
        }
        TaskMeters measured = meters;
        if (measured != null) {
            job.metrics().ended(measured);
        }
        if (guarded) {
            FileSystemSafetyNet.closeSafetyNetAndGuardedResourcesForThread();
        }
        if (failure != null) {
            ExceptionUtils.rethrowException(failure);
        }
    }

    /** The operators that were built, also when they are closed. */
    List<HostedOperator> operators() {
        ChainBuilder built = builder;
        return built == null ? List.of() : built.created();
    }

    private interface Step {
        void run() throws Exception;
    }

    private static @Nullable Throwable attempt(Step step, @Nullable Throwable earlier) {
        try {
            step.run();
            return earlier;
        } catch (Throwable t) {
            return ExceptionUtils.firstOrSuppressed(t, earlier);
        }
    }

    private static <T> T present(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the subtask is not open");
        }
        return part;
    }
}

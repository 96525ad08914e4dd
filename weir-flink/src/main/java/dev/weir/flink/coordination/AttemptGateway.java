package dev.weir.flink.coordination;

import dev.weir.engine.checkpoint.EventGate;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.messages.Acknowledge;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.TaskNotRunningException;
import org.apache.flink.runtime.source.event.IsProcessingBacklogEvent;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SerializedValue;

/**
 * A coordinator's way to one attempt of one subtask.
 *
 * <p>{@link #sendEvent} may be called from any thread: the event is serialized there and then, and delivered on the
 * coordination thread, so that events of all threads of a coordinator keep one order with the job's other coordination.
 * Everything else belongs to the coordination thread.
 */
final class AttemptGateway implements OperatorCoordinator.SubtaskGateway {
    private final OperatorID operator;
    private final ExecutionAttemptID attempt;
    private final String vertexName;
    private final SubtaskGateway subtask;
    private final Executor thread;
    private final ClassLoader userLoader;
    private final Consumer<Throwable> failJob;
    private final BiConsumer<OperatorID, Boolean> backlog;
    private final EventGate gate = new EventGate();
    private boolean running = true;

    AttemptGateway(
            CoordinatorContext.JobScope job,
            OperatorID operator,
            ExecutionAttemptID attempt,
            String vertexName,
            SubtaskGateway subtask) {
        this.operator = operator;
        this.attempt = attempt;
        this.vertexName = vertexName;
        this.subtask = subtask;
        this.thread = job.thread();
        this.userLoader = job.userLoader();
        this.failJob = job.failJob();
        this.backlog = job.backlog();
    }

    /**
     * Completes when the subtask has the event in its mailbox.
     *
     * @throws FlinkRuntimeException when the event cannot be serialized
     */
    @Override
    public CompletableFuture<Acknowledge> sendEvent(OperatorEvent event) {
        SerializedValue<OperatorEvent> bytes;
        try {
            bytes = new SerializedValue<>(event);
        } catch (IOException e) {
            throw new FlinkRuntimeException("Cannot serialize operator event", e);
        }
        if (event instanceof IsProcessingBacklogEvent report) {
            backlog.accept(operator, report.isProcessingBacklog());
        }
        CompletableFuture<Acknowledge> sent = new CompletableFuture<>();
        thread.execute(() -> gate.send(() -> deliver(event, bytes, sent)));
        return sent;
    }

    /** Holds events back around the checkpoints that the coordinator takes part in. */
    EventGate gate() {
        return gate;
    }

    private void deliver(
            OperatorEvent event, SerializedValue<OperatorEvent> bytes, CompletableFuture<Acknowledge> sent) {
        if (!running) {
            sent.completeExceptionally(new TaskNotRunningException(
                    subtaskName() + " no longer runs; operator event '" + event + "' was not delivered"));
            return;
        }
        try {
            subtask.deliver(operator, bytes.deserializeValue(userLoader));
        } catch (Exception | LinkageError e) {
            sent.completeExceptionally(e);
            if (!event.isLossTolerant()) {
                failJob.accept(new FlinkException(
                        "An OperatorEvent from an OperatorCoordinator to a task was lost. Event: '" + event
                                + "', targetTask: " + subtaskName(),
                        e));
            }
            return;
        }
        sent.complete(Acknowledge.get());
    }

    /** From now on events are refused, those that were held back too. */
    void stop() {
        running = false;
        gate.openAll();
    }

    OperatorID operator() {
        return operator;
    }

    private String subtaskName() {
        return vertexName + " - execution #" + attempt.getAttemptNumber() + " of subtask " + attempt.getSubtaskIndex();
    }

    @Override
    public ExecutionAttemptID getExecution() {
        return attempt;
    }

    @Override
    public int getSubtask() {
        return attempt.getSubtaskIndex();
    }
}

package dev.weir.flink.shim;

import java.util.function.BooleanSupplier;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.apache.flink.streaming.runtime.tasks.TimerService;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;

/**
 * The {@code StreamTask} that hosted operators are handed as their containing task. It is constructed, because
 * {@code getEnvironment()} and {@code getCancelables()} are final there, and never invoked: the engine's task loop does
 * the driving. Owned by the task thread.
 */
public final class OperatorShell extends StreamTask<Object, StreamOperator<Object>> {
    private final BooleanSupplier mayEmitMore;
    private final Thread.UncaughtExceptionHandler failure;

    /**
     * @param mayEmitMore asked by sources after each record: whether the task loop lets them go on
     * @param failure hears of what goes wrong in asynchronous operations; never exits the process
     */
    public OperatorShell(
            Environment environment,
            TimerService timers,
            Thread.UncaughtExceptionHandler failure,
            StreamTaskActionExecutor actions,
            TaskMailbox mailbox,
            BooleanSupplier mayEmitMore)
            throws Exception {
        super(environment, timers, failure, actions, mailbox);
        this.mayEmitMore = mayEmitMore;
        this.failure = failure;
    }

    @Override
    protected void init() {
        throw new IllegalStateException("the shell is never invoked");
    }

    @Override
    public CanEmitBatchOfRecordsChecker getCanEmitBatchOfRecords() {
        return mayEmitMore::getAsBoolean;
    }

    @Override
    public void handleAsyncException(String message, Throwable exception) {
        failure.uncaughtException(Thread.currentThread(), exception);
    }
}

package dev.weir.flink.host;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.jspecify.annotations.Nullable;

/**
 * One operator of a chain with its life cycle at the end of input. Owned by the task thread.
 *
 * @param timers the operator's own view of the task's timers, null where it has none
 * @param head true where the task feeds it, false where the chain does
 */
record HostedOperator(
        StreamOperator<?> operator, @Nullable ProcessingTimeService timers, MailboxExecutor mailbox, boolean head) {

    void endInput(int inputId) throws Exception {
        if (operator instanceof BoundedOneInput one) {
            one.endInput();
        } else if (operator instanceof BoundedMultiInput multi) {
            multi.endInput(inputId);
        }
    }

    /**
     * Lets no timer fire any more, waits for those that fire, then finishes the operator behind the mails it has already
     * sent itself, and waits for those it still sends. With {@code drain} false user code is not called.
     */
    void finish(StreamTaskActionExecutor actions, boolean drain) throws Exception {
        CompletableFuture<Void> done = (timers == null
                        ? CompletableFuture.<Void>completedFuture(null)
                        : timers.quiesce())
                .thenCompose(quiesced -> drain ? mailed(() -> actions.runThrowing(operator::finish)) : nothing())
                .thenCompose(finished -> mailed(() -> {}));
        while (!done.isDone()) {
            mailbox.yield();
        }
        try {
            done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static CompletableFuture<Void> nothing() {
        return CompletableFuture.completedFuture(null);
    }

    private interface Action {
        void run() throws Exception;
    }

    private CompletableFuture<Void> mailed(Action action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        mailbox.execute(
                () -> {
                    try {
                        action.run();
                        done.complete(null);
                    } catch (Throwable t) {
                        done.completeExceptionally(t);
                    }
                },
                "finish of " + operator);
        return done;
    }
}

package dev.weir.flink.host;

import dev.weir.flink.twin.Twin;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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
 * @param twins what its records go through, one for each input; none where it is hosted
 */
record HostedOperator(
        StreamOperator<?> operator,
        @Nullable ProcessingTimeService timers,
        MailboxExecutor mailbox,
        boolean head,
        List<Twin> twins) {

    void open() throws Exception {
        operator.open();
        for (Twin twin : twins) {
            twin.open();
        }
    }

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
        if (timers != null) {
            CompletableFuture<Void> quiet = timers.quiesce();
            // completed on the timer thread; the mail ends the wait below
            CompletableFuture<Void> unused =
                    quiet.whenComplete((done, failure) -> mailbox.execute(() -> {}, "quiesced"));
            while (!quiet.isDone()) {
                mailbox.yield();
            }
        }
        if (drain) {
            inTurn(() -> actions.runThrowing(operator::finish));
        }
        inTurn(() -> {});
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Runs an action behind the operator's mails that are there already. */
    private void inTurn(Action action) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        mailbox.execute(
                () -> {
                    try {
                        action.run();
                    } catch (Exception e) {
                        failure.set(e);
                    } finally {
                        done.set(true);
                    }
                },
                "finish of " + operator);
        while (!done.get()) {
            mailbox.yield();
        }
        Exception thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
    }
}

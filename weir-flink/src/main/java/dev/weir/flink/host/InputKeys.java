package dev.weir.flink.host;

import dev.weir.flink.metric.KeyCounter;
import dev.weir.flink.metric.KeyCounts;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.util.function.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/** Counts the keys of a subtask's keyed inputs. Any thread asks, by mail to the task's. */
final class InputKeys implements KeyCounter {
    private final HostedInputs inputs;
    private final StreamConfig config;
    private final ClassLoader loader;
    private final int keyGroups;
    private final long seed;
    private final MailboxExecutor mails;

    InputKeys(
            HostedInputs inputs,
            StreamConfig config,
            SubtaskEnvironment environment,
            HostedVertex vertex,
            int subtask) {
        this.inputs = inputs;
        this.config = config;
        this.loader = environment.getUserCodeClassLoader().asClassLoader();
        this.keyGroups = vertex.maxParallelism();
        this.seed = subtask;
        this.mails = environment.getMainMailboxExecutor();
    }

    @Override
    public CompletableFuture<KeyCounts> count(CompletableFuture<?> until) {
        CompletableFuture<KeyCounts> counts = new CompletableFuture<>();
        KeyTally tally = new KeyTally(keyGroups, seed);
        mail(() -> begin(tally), counts);
        until.whenComplete((ended, failure) -> mail(
                () -> {
                    inputs.tap(input -> null);
                    counts.complete(tally.counts());
                },
                counts));
        return counts;
    }

    private void begin(KeyTally tally) {
        inputs.tap(input -> {
            KeySelector<Object, Object> selector = selector(input);
            return selector == null ? null : new KeyTap(selector, tally);
        });
    }

    /** One of its own, as it may have a state. */
    @SuppressWarnings("unchecked") // keys are objects at run time
    private @Nullable KeySelector<Object, Object> selector(int input) {
        return (KeySelector<Object, Object>) (KeySelector<?, ?>) config.getStatePartitioner(input, loader);
    }

    private void mail(ThrowingRunnable<Exception> mail, CompletableFuture<KeyCounts> counts) {
        try {
            mails.execute(
                    () -> {
                        try {
                            mail.run();
                        } catch (Exception | LinkageError e) {
                            // keys that cannot be told are no failure of the task
                            counts.complete(KeyCounts.NONE);
                        }
                    },
                    "count keys");
        } catch (RejectedExecutionException e) {
            counts.complete(KeyCounts.NONE);
        }
    }
}

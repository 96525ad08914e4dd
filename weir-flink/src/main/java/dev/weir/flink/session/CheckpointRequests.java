package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointCommand;
import dev.weir.engine.checkpoint.CheckpointException;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/** Checkpoints and savepoints that somebody has asked for and waits for. Thread-safe. */
final class CheckpointRequests {
    private final Executor answering;
    private final Map<Long, CompletableFuture<String>> unanswered = new ConcurrentHashMap<>();
    private final AtomicLong next = new AtomicLong();

    /** A request, and what its location, or Flink's exception, comes by. */
    record Asked(long number, CompletableFuture<String> answer) {}

    /** @param answering runs what depends on answers, which is somebody else's code */
    CheckpointRequests(Executor answering) {
        this.answering = answering;
    }

    Asked ask() {
        Asked asked = new Asked(next.getAndIncrement(), new CompletableFuture<>());
        unanswered.put(asked.number(), asked.answer());
        return asked;
    }

    /** The number of a request that nobody waits for. */
    long unasked() {
        return next.getAndIncrement();
    }

    void answer(CheckpointCommand.Answer<?> answer) {
        CompletableFuture<String> request = unanswered.remove(answer.requestId());
        if (request == null) {
            return;
        }
        CheckpointException failure = answer.failure();
        answering.execute(() -> {
            if (failure != null) {
                request.completeExceptionally(FlinkFailures.of(failure));
            } else {
                request.complete(answer.location());
            }
        });
    }

    /** Whoever asked too late is told so. */
    void refuse() {
        unanswered
                .values()
                .forEach(answer -> answer.completeExceptionally(FlinkFailures.of(
                        new CheckpointException(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SHUTDOWN, null))));
    }
}

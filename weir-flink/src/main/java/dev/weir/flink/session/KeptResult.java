package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointException;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/**
 * How a job ended, once it has. Who has asked before gets the failure itself, to keep as long as he likes. What is kept for
 * those who ask later holds none of the user's classes, as in Flink: the failure is in bytes, from which it is made again
 * while somebody else still has these classes. Those that the process itself has need not go. Thread-safe.
 */
final class KeptResult {
    private final WeakReference<ClassLoader> userLoader;
    private @Nullable CompletableFuture<WeirJob.Result> pending = new CompletableFuture<>();
    private WeirJob.@Nullable Result kept;

    KeptResult(ClassLoader userLoader) {
        this.userLoader = new WeakReference<>(userLoader);
    }

    synchronized boolean isComplete() {
        return kept != null;
    }

    CompletableFuture<WeirJob.Result> future() {
        WeirJob.Result ended;
        synchronized (this) {
            if (pending != null) {
                return pending;
            }
            ended = kept;
        }
        if (ended == null) {
            throw new IllegalStateException("a result is pending or kept");
        }
        return CompletableFuture.completedFuture(
                ended.failure() instanceof SerializedThrowable sealed ? with(ended, opened(sealed)) : ended);
    }

    private Throwable opened(SerializedThrowable sealed) {
        ClassLoader loader = userLoader.get();
        return loader == null ? sealed : sealed.deserializeError(loader);
    }

    /** Counts once; runs what depends on it. */
    void complete(WeirJob.Result result) {
        CompletableFuture<WeirJob.Result> asked;
        synchronized (this) {
            if (pending == null) {
                return;
            }
            asked = pending;
            pending = null;
            kept = result.failure() == null || isOfProcess()
                    ? result
                    : with(result, new SerializedThrowable(result.failure()));
        }
        asked.complete(result);
    }

    /** The same without the user's classes. */
    CheckpointStatistics kept(CheckpointStatistics statistics) {
        if (isOfProcess()) {
            return statistics;
        }
        return new CheckpointStatistics(
                statistics.counts(),
                statistics.summary(),
                statistics.history().stream().map(KeptResult::kept).toList(),
                statistics.latestCompleted(),
                statistics.latestSavepoint(),
                statistics.latestFailed() == null ? null : kept(statistics.latestFailed()),
                statistics.restored());
    }

    private static CheckpointStatistics.Checkpoint kept(CheckpointStatistics.Checkpoint checkpoint) {
        CheckpointException failure = checkpoint.failure();
        return failure == null
                ? checkpoint
                : new CheckpointStatistics.Checkpoint(
                        checkpoint.id(),
                        checkpoint.options(),
                        checkpoint.status(),
                        checkpoint.triggerMillis(),
                        checkpoint.endMillis(),
                        checkpoint.location(),
                        checkpoint.manifestBytes(),
                        failure.withCause(
                                failure.getCause() == null ? null : new SerializedThrowable(failure.getCause())),
                        checkpoint.vertices());
    }

    /** Whether Weir's own loader, or one above it, has the user's classes: they live as long as the process. */
    private boolean isOfProcess() {
        ClassLoader user = userLoader.get();
        ClassLoader each = KeptResult.class.getClassLoader();
        while (each != null && each != user) {
            each = each.getParent();
        }
        return user != null && each == user;
    }

    private static WeirJob.Result with(WeirJob.Result result, Throwable failure) {
        return new WeirJob.Result(result.status(), failure, result.runtimeMillis(), result.accumulators());
    }
}

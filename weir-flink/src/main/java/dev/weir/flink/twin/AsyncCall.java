package dev.weir.flink.twin;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.apache.flink.streaming.api.functions.async.CollectionSupplier;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * One call of an asynchronous function. It keeps the answer, or hands it to the handler of Flink's operator that has taken
 * over meanwhile. Any thread may answer; the first answer counts.
 */
final class AsyncCall implements ResultFuture<Object> {
    private static final AtomicReferenceFieldUpdater<AsyncCall, @Nullable Object> ANSWER =
            AtomicReferenceFieldUpdater.newUpdater(AsyncCall.class, Object.class, "answer");
    private static final Object HANDED_OVER = new Object();

    private final Consumer<Throwable> failTask;
    private final StreamRecord<Object> question;

    /** Results, a supplier of them, or HANDED_OVER, from when on the handler is there. */
    private volatile @Nullable Object answer;

    private @Nullable ResultFuture<Object> handler;

    AsyncCall(Consumer<Throwable> failTask, StreamRecord<Object> question) {
        this.failTask = failTask;
        this.question = question;
    }

    /** The results, if they have come already. */
    @SuppressWarnings("unchecked") // what complete() was given
    @Nullable
    Collection<Object> results() {
        return answer instanceof Collection<?> results ? (Collection<Object>) results : null;
    }

    /** Task thread, once: from now on answers are for the handler, also one that has come already. */
    @SuppressWarnings("unchecked") // as above
    void handOver(ResultFuture<Object> flinks) {
        handler = flinks;
        if (ANSWER.compareAndSet(this, null, HANDED_OVER)) {
            return;
        }
        if (answer instanceof CollectionSupplier<?> supplier) {
            flinks.complete((CollectionSupplier<Object>) supplier);
        } else {
            flinks.complete((Collection<Object>) answer);
        }
    }

    @Override
    public void complete(@Nullable Collection<Object> results) {
        if (results == null) {
            // fails where it is read, as Flink's does
            complete((CollectionSupplier<Object>) () -> null);
        } else if (!ANSWER.compareAndSet(this, null, results) && answer == HANDED_OVER && handler != null) {
            handler.complete(results);
        }
    }

    @Override
    public void complete(CollectionSupplier<Object> supplier) {
        if (!ANSWER.compareAndSet(this, null, supplier) && answer == HANDED_OVER && handler != null) {
            handler.complete(supplier);
        }
    }

    @Override
    public void completeExceptionally(Throwable error) {
        if (ANSWER.compareAndSet(this, null, List.of())) {
            failTask.accept(new Exception("Could not complete the stream element: " + question + '.', error));
        } else if (answer == HANDED_OVER && handler != null) {
            handler.completeExceptionally(error);
        }
    }
}

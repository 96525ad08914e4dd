package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;
import java.util.Collection;
import java.util.Optional;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperator;
import org.apache.flink.streaming.api.operators.async.queue.StreamElementQueue;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Twin of {@code AsyncWaitOperator} without retries. Template.
 *
 * <p>A call that is answered before it returns, as from a cache, needs no place in the operator's queue, no timer and no
 * mail, where no other call is in flight: its results go on at once. All others are the operator's business.
 */
final class AsyncTwin implements Twin {
    private final AsyncWaitOperator<Object, Object> operator;
    private final AsyncFunction<Object, Object> function;
    private final LinkCollector collector;

    @SuppressWarnings("NullAway.Init") // set in open()
    private StreamElementQueue<Object> queue;

    @SuppressWarnings("NullAway.Init") // set in open()
    private AsyncHandlers handlers;

    /** Null without object reuse. */
    private @Nullable StreamElementSerializer<Object> copier;

    AsyncTwin(
            AsyncWaitOperator<Object, Object> operator,
            AsyncFunction<Object, Object> function,
            LinkCollector collector) {
        this.operator = operator;
        this.function = function;
        this.collector = collector;
    }

    @Override
    public void open() {
        queue = Internals.read(AsyncWaitOperator.class, "queue", operator);
        handlers = new AsyncHandlers(operator);
        copier = operator.getExecutionConfig().isObjectReuseEnabled()
                ? Internals.read(AsyncWaitOperator.class, "inStreamElementSerializer", operator)
                : null;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        StreamRecord<Object> question =
                timestamp == EdgeWriter.NO_TIMESTAMP ? new StreamRecord<>(value) : new StreamRecord<>(value, timestamp);
        if (!queue.isEmpty()) {
            operator.processElement(question);
            return;
        }
        StreamElementSerializer<Object> copies = copier;
        if (copies != null) {
            StreamElement copy = copies.copy(question);
            question = copy.asRecord();
        }
        AsyncCall call = new AsyncCall(handlers, question);
        function.asyncInvoke(question.getValue(), call);
        Collection<Object> results = call.results();
        if (results == null) {
            waitFor(call, question);
            return;
        }
        collector.timestamp(timestamp);
        for (Object result : results) {
            collector.collect(result);
        }
    }

    private void waitFor(AsyncCall call, StreamRecord<Object> question) {
        Optional<ResultFuture<Object>> place = queue.tryPut(question);
        if (place.isEmpty()) {
            throw new IllegalStateException("no room in the empty queue of " + operator);
        }
        call.handOver(handlers.handler(question, place.get()));
    }
}

package dev.weir.flink.host;

import dev.weir.engine.exchange.Copier;
import dev.weir.flink.twin.Link;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The way of records to the next operator of the chain. Without object reuse each is copied first, as Flink does between
 * chained operators. Template.
 */
final class ChainedLink extends ChainedOutput<Object> {
    private final Link operator;
    private final @Nullable Copier<Object> copier;
    private final @Nullable Counter sent;
    private final Counter received;

    /**
     * @param operator the way into the operator
     * @param copier null with object reuse
     * @param sent the previous operator's counter, null where another output counts
     */
    ChainedLink(
            Input<Object> input,
            Link operator,
            @Nullable Copier<Object> copier,
            @Nullable OutputTag<Object> tag,
            @Nullable Counter sent,
            Counter received) {
        super(input, tag);
        this.operator = operator;
        this.copier = copier;
        this.sent = sent;
        this.received = received;
    }

    @Override
    public void accept(Object value, long timestamp) {
        if (tag == null) {
            push(value, timestamp);
        }
    }

    @Override
    void push(Object value, long timestamp) {
        if (sent != null) {
            sent.inc();
        }
        received.inc();
        try {
            operator.accept(copier == null ? value : copier.copy(value), timestamp);
        } catch (ClassCastException e) {
            throw wrongType(e);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }
}

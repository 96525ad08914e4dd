package dev.weir.flink.twin;

import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;

/** Twin of {@code SinkWriterOperator}. Template. */
final class SinkWriterTwin implements Twin {
    private final AbstractStreamOperator<?> operator;

    @SuppressWarnings("NullAway.Init") // set in open()
    private SinkWriter<Object> writer;

    @SuppressWarnings("NullAway.Init") // set in open()
    private SinkWriterContext context;

    SinkWriterTwin(AbstractStreamOperator<?> operator) {
        this.operator = operator;
    }

    @Override
    public void open() {
        writer = Internals.read(operator.getClass(), "sinkWriter", operator);
        context = new SinkWriterContext(Internals.read(operator.getClass(), "context", operator));
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        context.timestamp(timestamp);
        writer.write(value, context);
    }
}

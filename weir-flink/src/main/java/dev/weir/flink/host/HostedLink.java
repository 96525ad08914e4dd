package dev.weir.flink.host;

import dev.weir.flink.twin.Link;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.function.ThrowingConsumer;

/** The way into a hosted operator. Template. */
final class HostedLink implements Link {
    private final ThrowingConsumer<StreamRecord<Object>, Exception> operator;

    HostedLink(ThrowingConsumer<StreamRecord<Object>, Exception> operator) {
        this.operator = operator;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        operator.accept(HostedOutput.record(value, timestamp));
    }
}

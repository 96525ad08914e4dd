package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** What a function may ask of the record at hand while it is processed, and not after. */
final class RecordScope {
    private final Output<StreamRecord<Object>> output;
    private long timestamp;
    private boolean inside;

    RecordScope(Output<StreamRecord<Object>> output) {
        this.output = output;
    }

    void enter(long newTimestamp) {
        timestamp = newTimestamp;
        inside = true;
    }

    void leave() {
        inside = false;
    }

    @Nullable
    Long timestamp() {
        if (!inside) {
            throw new IllegalStateException("no record is being processed: the timestamp is known during a call only");
        }
        return timestamp == EdgeWriter.NO_TIMESTAMP ? null : timestamp;
    }

    <X> void output(OutputTag<X> tag, X value) {
        if (tag == null) {
            throw new IllegalArgumentException("OutputTag must not be null.");
        }
        if (!inside) {
            throw new NullPointerException(
                    "no record is being processed: side outputs take records during a call only");
        }
        // as Flink does it: a record without a timestamp sends one with the least
        output.collect(
                tag, new StreamRecord<>(value, timestamp == EdgeWriter.NO_TIMESTAMP ? Long.MIN_VALUE : timestamp));
    }
}

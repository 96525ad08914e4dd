package dev.weir.flink.host;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.flink.twin.Link;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.OutputWithChainingCheck;

/**
 * Where an operator's records go: to the next operator of the chain, to edges, or to several of these. Hosted operators
 * hand over {@link StreamRecord}s, twins the main output's records as a {@link Link} takes them.
 */
interface HostedOutput<T> extends OutputWithChainingCheck<StreamRecord<T>>, Link {

    @Override
    void accept(Object value, long timestamp);

    /** A record's timestamp as links and channels have it. */
    static long timestamp(StreamRecord<?> record) {
        return record.hasTimestamp() ? Link.carried(record.getTimestamp()) : EdgeWriter.NO_TIMESTAMP;
    }

    /** The other way. */
    static StreamRecord<Object> record(Object value, long timestamp) {
        return timestamp == EdgeWriter.NO_TIMESTAMP ? new StreamRecord<>(value) : new StreamRecord<>(value, timestamp);
    }
}

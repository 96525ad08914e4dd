package dev.weir.flink.host;

import org.apache.flink.runtime.plugable.SerializationDelegate;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Asks a partitioner of Flink's or of the user's. */
final class FlinkChoice implements ChannelChoice {
    private final StreamPartitioner<Object> partitioner;
    private final SerializationDelegate<StreamRecord<Object>> delegate = new SerializationDelegate<>(null);

    /** @param partitioner own instance of this output, set up */
    FlinkChoice(StreamPartitioner<Object> partitioner) {
        this.partitioner = partitioner;
    }

    @Override
    public int channel(Object value, long timestamp) {
        delegate.setInstance(HostedOutput.record(value, timestamp));
        return partitioner.selectChannel(delegate);
    }
}

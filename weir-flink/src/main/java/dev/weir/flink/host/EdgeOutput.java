package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.Copier;
import dev.weir.engine.exchange.EdgeWriter;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.plugable.SerializationDelegate;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * One outgoing data set of a chain: picks the channel by Flink's partitioner and hands the receiver a copy of its own.
 * Several edges may read one data set; each gets the same records. Owned by the thread that emits.
 */
final class EdgeOutput<T> implements HostedOutput<T> {
    private final @Nullable OutputTag<T> tag;
    private final StreamPartitioner<T> partitioner;
    private final boolean broadcast;
    private final EdgeWriter[] writers;
    private final int channels;
    private final Copier<T> copier;
    private final SerializationDelegate<StreamRecord<T>> delegate = new SerializationDelegate<>(null);
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();
    private WatermarkStatus announcedStatus = WatermarkStatus.ACTIVE;
    private Counter numRecordsOut = new SimpleCounter();

    /**
     * @param partitioner own instance of this output, not set up yet
     */
    EdgeOutput(
            @Nullable OutputTag<T> tag, StreamPartitioner<T> partitioner, List<EdgeWriter> writers, Copier<T> copier) {
        this.tag = tag;
        this.partitioner = partitioner;
        this.broadcast = partitioner.isBroadcast();
        this.writers = writers.toArray(EdgeWriter[]::new);
        this.channels = this.writers.length == 0 ? 0 : this.writers[0].channels();
        this.copier = copier;
        partitioner.setup(channels);
    }

    void countInto(Counter counter) {
        numRecordsOut = counter;
    }

    @Override
    public void collect(StreamRecord<T> record) {
        if (collectAndCheckIfChained(record)) {
            numRecordsOut.inc();
        }
    }

    @Override
    public <X> void collect(OutputTag<X> outputTag, StreamRecord<X> record) {
        if (collectAndCheckIfChained(outputTag, record)) {
            numRecordsOut.inc();
        }
    }

    @Override
    public boolean collectAndCheckIfChained(StreamRecord<T> record) {
        if (tag != null) {
            return false;
        }
        push(record);
        return true;
    }

    @Override
    @SuppressWarnings("unchecked") // responsible for the tag, so the record is of its type
    public <X> boolean collectAndCheckIfChained(OutputTag<X> outputTag, StreamRecord<X> record) {
        if (!OutputTag.isResponsibleFor(tag, outputTag)) {
            return false;
        }
        push((StreamRecord<T>) record);
        return true;
    }

    private void push(StreamRecord<T> record) {
        if (broadcast) {
            for (int channel = 0; channel < channels; channel++) {
                send(channel, record);
            }
            return;
        }
        delegate.setInstance(record);
        send(partitioner.selectChannel(delegate), record);
    }

    private void send(int channel, StreamRecord<T> record) {
        long timestamp = record.hasTimestamp() ? record.getTimestamp() : EdgeWriter.NO_TIMESTAMP;
        for (EdgeWriter writer : writers) {
            Object copy = copier.copy(record.getValue());
            if (timestamp == EdgeWriter.NO_TIMESTAMP && record.hasTimestamp()) {
                copy = new AtMinTimestamp(copy);
            }
            writer.emit(channel, copy, timestamp);
        }
    }

    private void broadcast(Control control) {
        for (EdgeWriter writer : writers) {
            writer.broadcast(control);
        }
    }

    private void broadcast(StreamElement element) {
        broadcast(new FlinkControl.Element(element));
    }

    @Override
    public void emitWatermark(Watermark mark) {
        if (announcedStatus.isIdle()) {
            return;
        }
        watermarkGauge.setCurrentWatermark(mark.getTimestamp());
        broadcast(mark);
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
        if (!announcedStatus.equals(status)) {
            announcedStatus = status;
            broadcast(status);
        }
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
        if (channels > 0) {
            FlinkControl.Element control = new FlinkControl.Element(marker);
            int channel = ThreadLocalRandom.current().nextInt(channels);
            for (EdgeWriter writer : writers) {
                writer.emit(channel, control);
            }
        }
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
        broadcast(attributes);
    }

    @Override
    public void emitWatermark(WatermarkEvent watermark) {
        broadcast(new FlinkControl.Generalized(watermark));
    }

    @Override
    public Gauge<Long> getWatermarkGauge() {
        return watermarkGauge;
    }

    @Override
    public void close() {}
}

package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * One outgoing data set of a chain. Several edges may read one data set; each gets the same records. What is not a record
 * goes to every channel. Owned by the thread that emits.
 */
abstract class EdgeOutput<T> implements HostedOutput<T> {
    final @Nullable OutputTag<T> tag;
    final EdgeWriter[] writers;
    final int channels;
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();
    private WatermarkStatus announcedStatus = WatermarkStatus.ACTIVE;
    Counter numRecordsOut = new SimpleCounter();

    EdgeOutput(@Nullable OutputTag<T> tag, EdgeWriter[] writers) {
        this.tag = tag;
        this.writers = writers;
        this.channels = channels(writers);
    }

    static int channels(EdgeWriter[] writers) {
        return writers.length == 0 ? 0 : writers[0].channels();
    }

    void countInto(Counter counter) {
        numRecordsOut = counter;
    }

    /** Whether it takes the records of the operator's main output. */
    boolean takesMain() {
        return tag == null;
    }

    /** Sends a record that this output is responsible for. */
    abstract void push(Object value, long timestamp);

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
        push(record.getValue(), HostedOutput.timestamp(record));
        return true;
    }

    @Override
    public <X> boolean collectAndCheckIfChained(OutputTag<X> outputTag, StreamRecord<X> record) {
        if (!OutputTag.isResponsibleFor(tag, outputTag)) {
            return false;
        }
        push(record.getValue(), HostedOutput.timestamp(record));
        return true;
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

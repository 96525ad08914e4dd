package dev.weir.flink.host;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/** Counts an operator's records where no chained consumer does. Owned by the thread that emits. Template. */
final class CountedOutput<T> implements HostedOutput<T> {
    private final HostedOutput<T> output;
    private final Counter sent;

    CountedOutput(HostedOutput<T> output, Counter sent) {
        this.output = output;
        this.sent = sent;
    }

    @Override
    public void accept(Object value, long timestamp) {
        sent.inc();
        output.accept(value, timestamp);
    }

    @Override
    public void collect(StreamRecord<T> record) {
        sent.inc();
        output.collect(record);
    }

    @Override
    public <X> void collect(OutputTag<X> tag, StreamRecord<X> record) {
        sent.inc();
        output.collect(tag, record);
    }

    @Override
    public boolean collectAndCheckIfChained(StreamRecord<T> record) {
        sent.inc();
        return output.collectAndCheckIfChained(record);
    }

    @Override
    public <X> boolean collectAndCheckIfChained(OutputTag<X> tag, StreamRecord<X> record) {
        sent.inc();
        return output.collectAndCheckIfChained(tag, record);
    }

    @Override
    public void emitWatermark(Watermark mark) {
        output.emitWatermark(mark);
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
        output.emitWatermarkStatus(status);
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
        output.emitLatencyMarker(marker);
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
        output.emitRecordAttributes(attributes);
    }

    @Override
    public void emitWatermark(WatermarkEvent watermark) {
        output.emitWatermark(watermark);
    }

    @Override
    public Gauge<Long> getWatermarkGauge() {
        return output.getWatermarkGauge();
    }

    @Override
    public void close() {
        output.close();
    }
}

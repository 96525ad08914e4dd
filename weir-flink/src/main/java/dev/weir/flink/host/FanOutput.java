package dev.weir.flink.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Sends to each of several outputs, or to none. With object reuse the outputs do not copy, yet operators write into the
 * {@link StreamRecord} they get, so each but the last gets a shell of its own around the same value.
 */
final class FanOutput<T> implements HostedOutput<T> {
    private final List<HostedOutput<T>> outputs;
    private final List<HostedOutput<T>> main;
    private final boolean leaves;
    private final boolean ownRecords;
    private final Counter numRecordsOut;
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();

    FanOutput(List<HostedOutput<T>> outputs, boolean ownRecords, Counter numRecordsOut) {
        this.outputs = List.copyOf(outputs);
        this.main = new ArrayList<>();
        boolean edges = false;
        for (HostedOutput<T> output : outputs) {
            boolean edge = output instanceof EdgeOutput<T>;
            if (edge ? ((EdgeOutput<T>) output).takesMain() : ((ChainedOutput<T>) output).takesMain()) {
                main.add(output);
                edges |= edge;
            }
        }
        this.leaves = edges;
        this.ownRecords = ownRecords;
        this.numRecordsOut = numRecordsOut;
    }

    @Override
    public void accept(Object value, long timestamp) {
        if (leaves) {
            numRecordsOut.inc();
        }
        for (int i = 0; i < main.size(); i++) {
            main.get(i).accept(value, timestamp);
        }
    }

    @Override
    public void collect(StreamRecord<T> record) {
        if (collectAndCheckIfChained(record)) {
            numRecordsOut.inc();
        }
    }

    @Override
    public <X> void collect(OutputTag<X> tag, StreamRecord<X> record) {
        if (collectAndCheckIfChained(tag, record)) {
            numRecordsOut.inc();
        }
    }

    @Override
    public boolean collectAndCheckIfChained(StreamRecord<T> record) {
        boolean emitted = false;
        for (int i = 0, last = outputs.size() - 1; i <= last; i++) {
            emitted |= outputs.get(i).collectAndCheckIfChained(shell(record, i < last));
        }
        return emitted;
    }

    @Override
    public <X> boolean collectAndCheckIfChained(OutputTag<X> tag, StreamRecord<X> record) {
        boolean emitted = false;
        for (int i = 0, last = outputs.size() - 1; i <= last; i++) {
            emitted |= outputs.get(i).collectAndCheckIfChained(tag, shell(record, i < last));
        }
        return emitted;
    }

    private <X> StreamRecord<X> shell(StreamRecord<X> record, boolean othersFollow) {
        return ownRecords && othersFollow ? record.copy(record.getValue()) : record;
    }

    @Override
    public void emitWatermark(Watermark mark) {
        watermarkGauge.setCurrentWatermark(mark.getTimestamp());
        for (HostedOutput<T> output : outputs) {
            output.emitWatermark(mark);
        }
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
        for (HostedOutput<T> output : outputs) {
            output.emitWatermarkStatus(status);
        }
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
        if (!outputs.isEmpty()) {
            outputs.get(ThreadLocalRandom.current().nextInt(outputs.size())).emitLatencyMarker(marker);
        }
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
        for (HostedOutput<T> output : outputs) {
            output.emitRecordAttributes(attributes);
        }
    }

    @Override
    public void emitWatermark(WatermarkEvent watermark) {
        for (HostedOutput<T> output : outputs) {
            output.emitWatermark(watermark);
        }
    }

    @Override
    public Gauge<Long> getWatermarkGauge() {
        return watermarkGauge;
    }

    @Override
    public void close() {}
}

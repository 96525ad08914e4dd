package dev.weir.flink.host;

import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** What goes to the next operator of the chain. Owned by the task thread. */
abstract class ChainedOutput<T> implements HostedOutput<T> {
    private final Input<T> input;
    final @Nullable OutputTag<T> tag;
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();
    private WatermarkStatus announcedStatus = WatermarkStatus.ACTIVE;

    /** @param tag null for the main output */
    ChainedOutput(Input<T> input, @Nullable OutputTag<T> tag) {
        this.input = input;
        this.tag = tag;
    }

    /** Whether it takes the records of the operator's main output. */
    boolean takesMain() {
        return tag == null;
    }

    /** Sends a record that this output is responsible for. */
    abstract void push(Object value, long timestamp);

    @Override
    public void collect(StreamRecord<T> record) {
        if (tag == null) {
            push(record.getValue(), HostedOutput.timestamp(record));
        }
    }

    @Override
    public <X> void collect(OutputTag<X> outputTag, StreamRecord<X> record) {
        if (OutputTag.isResponsibleFor(tag, outputTag)) {
            push(record.getValue(), HostedOutput.timestamp(record));
        }
    }

    @Override
    public boolean collectAndCheckIfChained(StreamRecord<T> record) {
        collect(record);
        return false;
    }

    @Override
    public <X> boolean collectAndCheckIfChained(OutputTag<X> outputTag, StreamRecord<X> record) {
        collect(outputTag, record);
        return false;
    }

    final ExceptionInChainedOperatorException wrongType(ClassCastException e) {
        if (tag == null) {
            return new ExceptionInChainedOperatorException(e);
        }
        ClassCastException named = new ClassCastException(e.getMessage()
                + ". Failed to push OutputTag with id '" + tag.getId() + "' to operator. "
                + "This can occur when multiple OutputTags with different types but identical names are being used.");
        named.initCause(e);
        return new ExceptionInChainedOperatorException(named);
    }

    @Override
    public void emitWatermark(Watermark mark) {
        if (announcedStatus.isIdle()) {
            return;
        }
        try {
            watermarkGauge.setCurrentWatermark(mark.getTimestamp());
            input.processWatermark(mark);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
        if (announcedStatus.equals(status)) {
            return;
        }
        announcedStatus = status;
        try {
            input.processWatermarkStatus(status);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
        try {
            input.processLatencyMarker(marker);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
        try {
            input.processRecordAttributes(attributes);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    @Override
    public void emitWatermark(WatermarkEvent watermark) {
        try {
            input.processWatermark(watermark);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    @Override
    public Gauge<Long> getWatermarkGauge() {
        return watermarkGauge;
    }

    @Override
    public void close() {}
}

package dev.weir.flink.host;

import dev.weir.engine.exchange.Copier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.groups.OperatorMetricGroup;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.RecordProcessorUtils;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.ThrowingConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls the next operator of the chain. Without object reuse each record is copied first, as Flink does between chained
 * operators. Owned by the task thread.
 */
final class ChainedOutput<T> implements HostedOutput<T> {
    private final Input<T> input;
    private final ThrowingConsumer<StreamRecord<T>, Exception> process;
    private final @Nullable Copier<T> copier;
    private final @Nullable OutputTag<T> tag;
    private final @Nullable Counter sent;
    private final Counter received;
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();
    private WatermarkStatus announcedStatus = WatermarkStatus.ACTIVE;

    /**
     * @param copier null with object reuse
     * @param tag null for the main output
     * @param sent the previous operator's counter, null where another output counts
     */
    ChainedOutput(
            Input<T> input,
            @Nullable Copier<T> copier,
            @Nullable OutputTag<T> tag,
            @Nullable Counter sent,
            OperatorMetricGroup metrics) {
        this.input = input;
        this.process = RecordProcessorUtils.getRecordProcessor(input);
        this.copier = copier;
        this.tag = tag;
        this.sent = sent;
        this.received = metrics.getIOMetricGroup().getNumRecordsInCounter();
    }

    @Override
    public void collect(StreamRecord<T> record) {
        if (tag == null) {
            push(record);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // responsible for the tag, so the record is of its type
    public <X> void collect(OutputTag<X> outputTag, StreamRecord<X> record) {
        if (OutputTag.isResponsibleFor(tag, outputTag)) {
            push((StreamRecord<T>) record);
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

    private void push(StreamRecord<T> record) {
        if (sent != null) {
            sent.inc();
        }
        received.inc();
        try {
            process.accept(copier == null ? record : record.copy(copier.copy(record.getValue())));
        } catch (ClassCastException e) {
            throw wrongType(e);
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    private ExceptionInChainedOperatorException wrongType(ClassCastException e) {
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

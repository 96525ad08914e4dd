package dev.weir.flink.host;

import dev.weir.flink.twin.Link;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * One logical input of the main operator: counts records and keeps the watermark gauge. Records that come from channels
 * take the shorter way, by {@link #link()}. Owned by the task thread.
 */
final class OperatorInput implements PushingAsyncDataInput.DataOutput<Object> {
    private final Input<Object> input;
    private final Link link;
    private final Counter received;
    private final WatermarkGauge watermarkGauge = new WatermarkGauge();

    /** @param link the way of records into the operator */
    OperatorInput(Input<Object> input, Link link, Counter received) {
        this.input = input;
        this.link = link;
        this.received = received;
    }

    static Input<Object> first(TwoInputStreamOperator<Object, Object, Object> operator) {
        return new First(operator);
    }

    static Input<Object> second(TwoInputStreamOperator<Object, Object, Object> operator) {
        return new Second(operator);
    }

    Link link() {
        return link;
    }

    WatermarkGauge watermarkGauge() {
        return watermarkGauge;
    }

    @Override
    public void emitRecord(StreamRecord<Object> record) throws Exception {
        received.inc();
        link.accept(record.getValue(), HostedOutput.timestamp(record));
    }

    @Override
    public void emitWatermark(Watermark watermark) throws Exception {
        watermarkGauge.setCurrentWatermark(watermark.getTimestamp());
        input.processWatermark(watermark);
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) throws Exception {
        input.processWatermarkStatus(status);
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) throws Exception {
        input.processLatencyMarker(marker);
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) throws Exception {
        input.processRecordAttributes(attributes);
    }

    @Override
    public void emitWatermark(WatermarkEvent watermark) throws Exception {
        input.processWatermark(watermark);
    }

    private record First(TwoInputStreamOperator<Object, Object, Object> operator) implements Input<Object> {
        @Override
        public void processElement(StreamRecord<Object> element) throws Exception {
            operator.processElement1(element);
        }

        @Override
        public void processWatermark(Watermark mark) throws Exception {
            operator.processWatermark1(mark);
        }

        @Override
        public void processWatermarkStatus(WatermarkStatus status) throws Exception {
            operator.processWatermarkStatus1(status);
        }

        @Override
        public void processLatencyMarker(LatencyMarker marker) throws Exception {
            operator.processLatencyMarker1(marker);
        }

        @Override
        public void processRecordAttributes(RecordAttributes attributes) throws Exception {
            operator.processRecordAttributes1(attributes);
        }

        @Override
        public void processWatermark(WatermarkEvent watermark) throws Exception {
            operator.processWatermark1(watermark);
        }

        @Override
        public void setKeyContextElement(StreamRecord<Object> record) throws Exception {
            operator.setKeyContextElement1(record);
        }
    }

    private record Second(TwoInputStreamOperator<Object, Object, Object> operator) implements Input<Object> {
        @Override
        public void processElement(StreamRecord<Object> element) throws Exception {
            operator.processElement2(element);
        }

        @Override
        public void processWatermark(Watermark mark) throws Exception {
            operator.processWatermark2(mark);
        }

        @Override
        public void processWatermarkStatus(WatermarkStatus status) throws Exception {
            operator.processWatermarkStatus2(status);
        }

        @Override
        public void processLatencyMarker(LatencyMarker marker) throws Exception {
            operator.processLatencyMarker2(marker);
        }

        @Override
        public void processRecordAttributes(RecordAttributes attributes) throws Exception {
            operator.processRecordAttributes2(attributes);
        }

        @Override
        public void processWatermark(WatermarkEvent watermark) throws Exception {
            operator.processWatermark2(watermark);
        }

        @Override
        public void setKeyContextElement(StreamRecord<Object> record) throws Exception {
            operator.setKeyContextElement2(record);
        }
    }
}

package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.streaming.runtime.operators.TimestampsAndWatermarksOperator;

/** Twin of {@code TimestampsAndWatermarksOperator}; periodic watermarks are still the operator's. Template. */
final class TimestampsTwin implements Twin {
    private final TimestampsAndWatermarksOperator<Object> operator;
    private final Link next;

    @SuppressWarnings("NullAway.Init") // set in open()
    private TimestampAssigner<Object> assigner;

    @SuppressWarnings("NullAway.Init") // set in open()
    private WatermarkGenerator<Object> generator;

    @SuppressWarnings("NullAway.Init") // set in open()
    private WatermarkOutput watermarks;

    TimestampsTwin(TimestampsAndWatermarksOperator<Object> operator, Link next) {
        this.operator = operator;
        this.next = next;
    }

    @Override
    public void open() {
        assigner = Internals.read(TimestampsAndWatermarksOperator.class, "timestampAssigner", operator);
        generator = Internals.read(TimestampsAndWatermarksOperator.class, "watermarkGenerator", operator);
        watermarks = Internals.read(TimestampsAndWatermarksOperator.class, "wmOutput", operator);
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        long previous = timestamp == EdgeWriter.NO_TIMESTAMP ? TimestampAssigner.NO_TIMESTAMP : timestamp;
        long assigned = assigner.extractTimestamp(value, previous);
        next.accept(value, Link.carried(assigned));
        generator.onEvent(value, assigned, watermarks);
    }
}

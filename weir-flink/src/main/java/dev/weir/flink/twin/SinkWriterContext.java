package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.jspecify.annotations.Nullable;

/** The context of a sink's writer: the watermark is the hosted operator's. */
final class SinkWriterContext implements SinkWriter.Context {
    private final SinkWriter.Context hosted;
    private long timestamp;

    SinkWriterContext(SinkWriter.Context hosted) {
        this.hosted = hosted;
    }

    void timestamp(long newTimestamp) {
        timestamp = newTimestamp;
    }

    @Override
    public long currentWatermark() {
        return hosted.currentWatermark();
    }

    @Override
    public @Nullable Long timestamp() {
        return timestamp == EdgeWriter.NO_TIMESTAMP || timestamp == Long.MIN_VALUE ? null : timestamp;
    }
}

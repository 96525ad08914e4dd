package dev.weir.flink.record;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;

/** A record that goes as an object over an edge of rows: its class tells it from a row's part. */
public record Whole(Object value) {

    /** The record in a slot of a batch, however it went. */
    public static Object record(RecordBatch batch, int slot) {
        Object value = batch.values()[slot];
        if (value instanceof Whole whole) {
            return whole.value();
        }
        RowFormat format = batch.format();
        return format == null ? value : format.read(batch.words(), slot * format.words(), value);
    }
}

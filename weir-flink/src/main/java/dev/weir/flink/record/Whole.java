package dev.weir.flink.record;

/** A record that goes as an object over an edge of rows: its class tells it from a row's part. */
public record Whole(Object value) {}

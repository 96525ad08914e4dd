package dev.weir.flink.twin;

import org.apache.flink.util.Collector;

/** What user functions emit into: each record gets the timestamp set last. */
abstract class LinkCollector implements Collector<Object> {

    abstract void timestamp(long timestamp);

    abstract long timestamp();

    @Override
    public void close() {}
}

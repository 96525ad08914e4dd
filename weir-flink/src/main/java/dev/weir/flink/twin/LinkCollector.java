package dev.weir.flink.twin;

import org.apache.flink.util.Collector;

/** What user functions emit into: each record gets the timestamp set last. */
public abstract class LinkCollector implements Collector<Object> {

    /** Sets the timestamp of what is emitted from now on. */
    public abstract void timestamp(long timestamp);

    /** The timestamp set last. */
    public abstract long timestamp();

    @Override
    public void close() {}
}

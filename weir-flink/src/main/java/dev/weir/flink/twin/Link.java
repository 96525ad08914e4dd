package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;

/**
 * A place that records go through: an operator, an edge, a step before them. Links call each other directly. Belongs to the
 * task thread.
 */
public interface Link {

    /**
     * Takes a record; its value may be null where its serializer takes null.
     *
     * @param timestamp milliseconds since the epoch, or {@link dev.weir.engine.exchange.EdgeWriter#NO_TIMESTAMP}
     */
    void accept(Object value, long timestamp) throws Exception;

    /** The timestamp as links carry it: the one that means none is taken, so the next one stands for it. */
    static long carried(long timestamp) {
        return timestamp == EdgeWriter.NO_TIMESTAMP ? timestamp + 1 : timestamp;
    }
}

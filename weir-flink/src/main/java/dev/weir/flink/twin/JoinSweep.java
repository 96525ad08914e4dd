package dev.weir.flink.twin;

import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableSweep;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator.BufferEntry;
import org.jspecify.annotations.Nullable;

/**
 * Drops the buffers of keys that get no more records, a few beside each record. Goes round all keys while event time
 * advances by the length of two intervals, which for a steady stream is less than two buffers for each record; a buffer
 * that is over is kept for one interval, since most keys come again.
 */
final class JoinSweep implements Predicate<Map<Long, List<BufferEntry<Object>>>> {
    private static final int ENTRIES = 16;
    private static final int RECORDS = 8;

    private final KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table;
    private final long retained;
    private final long interval;
    private @Nullable TableSweep<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> sweep;
    private long watermark = Long.MIN_VALUE;
    private double owed;
    private int recordsToNext = RECORDS;

    /**
     * A sweep of a side.
     *
     * @param interval length of the join's interval
     */
    JoinSweep(
            KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table,
            long retained,
            long interval) {
        this.table = table;
        this.retained = retained;
        this.interval = interval;
    }

    /** Called beside each record. */
    void go(long newWatermark) {
        if (newWatermark != watermark) {
            double rounds = ((double) newWatermark - (double) watermark) / (2.0 * (double) interval + 1);
            owed = Math.min((double) table.size(), owed + rounds * (double) table.size());
            watermark = newWatermark;
        }
        if (--recordsToNext <= 0) {
            recordsToNext = RECORDS;
            if (owed > 0) {
                visit();
            }
        }
    }

    private void visit() {
        TableSweep<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> going = sweep;
        if (going == null || !going.hasNext()) {
            going = table.sweep(ENTRIES);
            sweep = going;
        }
        going.removeIf(this);
        owed -= ENTRIES;
    }

    @Override
    public boolean test(Map<Long, List<BufferEntry<Object>>> map) {
        return map instanceof JoinBuffer buffer && buffer.isOver(watermark, retained, interval);
    }
}

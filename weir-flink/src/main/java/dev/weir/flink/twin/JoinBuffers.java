package dev.weir.flink.twin;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.KeyedTable;
import dev.weir.flink.state.StateTables;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator.BufferEntry;
import org.jspecify.annotations.Nullable;

/** The buffers of one side of an interval join, in the state of its operator: that of the current key is at hand. */
final class JoinBuffers {
    private final KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table;
    private final @Nullable FlatValues<Object> flat;
    private final long retained;
    private final JoinSweep sweep;

    private JoinBuffers(
            KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table,
            @Nullable FlatValues<Object> flat,
            JoinInterval interval) {
        this.table = table;
        this.flat = flat;
        this.retained = interval.retained();
        this.sweep = new JoinSweep(table, retained, interval.length());
    }

    /**
     * The buffers of an operator that has its state.
     *
     * @return null where the state is wrapped or of another backend
     */
    static @Nullable JoinBuffers of(
            IntervalJoinOperator<?, ?, ?, ?> operator, JoinInterval interval, String state, String serializer) {
        MapState<?, ?> facade = Internals.read(IntervalJoinOperator.class, state, operator);
        KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table =
                StateTables.of(Internals.read(facade.getClass(), "originalState", facade));
        TypeSerializer<Object> records = Internals.read(IntervalJoinOperator.class, serializer, operator);
        return table == null ? null : new JoinBuffers(table, StateTables.words(records), interval);
    }

    /** Without records that are over; null where the key has none. */
    @Nullable
    JoinBuffer get(long watermark) {
        Map<Long, List<BufferEntry<Object>>> map = table.get(VoidNamespace.INSTANCE);
        if (map == null) {
            return null;
        }
        JoinBuffer buffer = map instanceof JoinBuffer ours ? ours : taken(map);
        buffer.clean(watermark, retained);
        return buffer;
    }

    private JoinBuffer taken(Map<Long, List<BufferEntry<Object>>> restored) {
        JoinBuffer buffer = JoinBuffer.of(restored, flat);
        table.put(VoidNamespace.INSTANCE, buffer);
        return buffer;
    }

    void add(Object value, long timestamp, long watermark) {
        JoinBuffer buffer = get(watermark);
        if (buffer == null) {
            buffer = new JoinBuffer(flat);
            buffer.clean(watermark, retained);
            table.put(VoidNamespace.INSTANCE, buffer);
        }
        buffer.add(timestamp, value);
        sweep.go(watermark);
    }
}

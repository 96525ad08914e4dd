package dev.weir.flink.twin;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.flink.state.StateTables;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import dev.weir.flink.state.snapshot.WholeSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator.BufferEntry;
import org.jspecify.annotations.Nullable;

/** The buffers of one side of an interval join, in the state of its operator: that of the current key is at hand. */
final class JoinBuffers {

    /** Buffers looked at in one step of leaving them. */
    private static final int LEFT_TOGETHER = 1024;

    private final State state;
    private final KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table;
    private final @Nullable FlatValues<Object> flat;
    private final @Nullable TypeSerializer<Object> copier;
    private final InternalTimerService<String> timers;
    private final long retained;
    private final JoinSweep sweep;

    private JoinBuffers(
            State state,
            KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table,
            TypeSerializer<Object> records,
            InternalTimerService<String> timers,
            JoinInterval interval) {
        this.state = state;
        this.table = table;
        this.flat = StateTables.words(records);
        this.copier = records.isImmutableType() ? null : records;
        this.timers = timers;
        this.retained = interval.retained();
        this.sweep = new JoinSweep(table, retained, interval.length());
    }

    /**
     * The buffers of an operator that has its state. From now on snapshots leave out what is over.
     *
     * @return null where the state is wrapped or of another backend
     */
    static @Nullable JoinBuffers of(
            IntervalJoinOperator<?, ?, ?, ?> operator,
            InternalTimerService<String> timers,
            JoinInterval interval,
            String state,
            String serializer,
            HeapTenant tenant)
            throws Exception {
        MapState<?, ?> facade = Internals.read(IntervalJoinOperator.class, state, operator);
        State buffers = Internals.read(facade.getClass(), "originalState", facade);
        KeyedTable<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> table = StateTables.of(buffers, tenant);
        TypeSerializer<Object> records = Internals.read(IntervalJoinOperator.class, serializer, operator);
        if (table == null) {
            return null;
        }
        JoinBuffers made = new JoinBuffers(buffers, table, records, timers, interval);
        StateTables.transformSnapshots(buffers, made.new WithoutWhatIsOver());
        // a sweep knows only these, and a restore has brought others
        table.transformAll(made, (map, of) -> of.ours(map));
        return made;
    }

    private Map<Long, List<BufferEntry<Object>>> ours(@Nullable Map<Long, List<BufferEntry<Object>>> map) {
        return map instanceof JoinBuffer ? map : JoinBuffer.of(Objects.requireNonNull(map), flat, copier);
    }

    /** Without records that are over; null where the key has none. */
    @Nullable
    JoinBuffer get(long watermark) {
        JoinBuffer buffer = (JoinBuffer) table.get(VoidNamespace.INSTANCE);
        if (buffer != null) {
            buffer.clean(watermark, retained);
        }
        return buffer;
    }

    void add(Object value, long timestamp, long watermark) {
        JoinBuffer buffer = get(watermark);
        if (buffer == null) {
            buffer = new JoinBuffer(flat, copier);
            buffer.clean(watermark, retained);
            table.put(VoidNamespace.INSTANCE, buffer);
        }
        buffer.add(timestamp, value);
        sweep.go(watermark);
    }

    /** Leaves maps and timers as Flink's operator has them. */
    void leave(KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, String>> queue, String namespace)
            throws Exception {
        long watermark = timers.currentWatermark();
        for (var rest = table.sweep(LEFT_TOGETHER); rest.hasNext(); ) {
            rest.removeIf(map -> cleaned(map, watermark) == null);
        }
        table.entries().forEachRemaining(entry -> addTimers(entry, watermark, namespace, queue::add));
        table.transformAll(
                watermark, (map, at) -> new HashMap<>(Objects.requireNonNullElse(cleaned(map, at), Map.of())));
        StateTables.transformSnapshots(state, StateSnapshotTransformFactory.noTransform());
    }

    /** The timers that Flink has, one for each time of which there are records, at a cut. */
    CutTimers<TimerHeapInternalTimer<Object, String>> timers(BackendCut<Object> tables, String namespace) {
        long watermark = timers.currentWatermark();
        TableCut<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> cut = tables.of(table);
        return keyGroup -> {
            List<TimerHeapInternalTimer<Object, String>> made = new ArrayList<>();
            cut.entries(keyGroup).forEachRemaining(entry -> addTimers(entry, watermark, namespace, made::add));
            return made;
        };
    }

    private void addTimers(
            TableEntry<Object, VoidNamespace, Map<Long, List<BufferEntry<Object>>>> entry,
            long watermark,
            String namespace,
            Consumer<TimerHeapInternalTimer<Object, String>> to) {
        JoinBuffer buffer = cleaned(entry.value(), watermark);
        if (buffer != null) {
            buffer.forEachTime(
                    time -> to.accept(new TimerHeapInternalTimer<>(time + retained, entry.key(), namespace)));
        }
    }

    private @Nullable JoinBuffer cleaned(@Nullable Map<Long, List<BufferEntry<Object>>> map, long watermark) {
        return map instanceof JoinBuffer buffer ? buffer.cleaned(watermark, retained) : null;
    }

    private final class WithoutWhatIsOver
            implements StateSnapshotTransformFactory<Map<Long, List<BufferEntry<Object>>>>, WholeSnapshots {

        @Override
        public Optional<StateSnapshotTransformer<Map<Long, List<BufferEntry<Object>>>>> createForDeserializedState() {
            long watermark = timers.currentWatermark();
            return Optional.of(map -> cleaned(map, watermark));
        }

        @Override
        public Optional<StateSnapshotTransformer<byte[]>> createForSerializedState() {
            return Optional.empty();
        }
    }
}

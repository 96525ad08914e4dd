package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableCut;
import dev.weir.rocksdb.KeyCut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.FullSnapshotResources;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyValueStateIterator;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.UncompressedStreamCompressionDecorator;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * The keyed state of one subtask as it was at one moment. The subtask's thread makes it and adds each state, which touches
 * no entry; then one other thread writes it and releases it. A cut that is not written must be released too, by any thread.
 *
 * <p>It is what Flink's writer of canonical savepoints works on, entry by entry. {@link CheckpointStrategy} writes it as a
 * checkpoint.
 */
public final class BackendCut<K> implements FullSnapshotResources<K> {

    private final TypeSerializer<K> keySerializer;
    private final KeyGroupRange range;
    private final StreamCompressionDecorator compression;
    private final int prefixBytes;
    private final List<StateCut> states = new ArrayList<>();

    /**
     * A cut without states.
     *
     * @param keySerializer the subtask's
     * @param range key groups of the subtask
     * @param keyGroupCount maximum parallelism of the operator
     * @param compression how each key group is compressed
     */
    public BackendCut(
            TypeSerializer<K> keySerializer,
            KeyGroupRange range,
            int keyGroupCount,
            StreamCompressionDecorator compression) {
        this.keySerializer = keySerializer.duplicate();
        this.range = range;
        this.compression = compression;
        this.prefixBytes = CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(keyGroupCount);
    }

    /** Adds the values of a state, as they are now. */
    public <N, V> void add(RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo, KeyedTable<K, N, V> table) {
        add(new ValuesCut<>(metaInfo, keySerializer, table, prefixBytes));
    }

    /** Adds timers. */
    public <T> void add(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, CutTimers<T> timers) {
        add(new TimersCut<>(metaInfo, timers, prefixBytes));
    }

    /** Adds timers that are stored. */
    public void add(RegisteredPriorityQueueStateBackendMetaInfo<?> metaInfo, KeyCut timers) {
        add(new StoredTimersCut(metaInfo, timers));
    }

    /**
     * Adds timers in two places.
     *
     * @param inDatabase key groups whose timers are the stored ones
     */
    public <T> void add(
            RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo,
            CutTimers<T> timers,
            KeyCut stored,
            BitSet inDatabase) {
        add(new TieredTimersCut(
                new TimersCut<>(metaInfo, timers, prefixBytes), new StoredTimersCut(metaInfo, stored), inDatabase));
    }

    /**
     * The values of a table that was added. They belong to this cut, and its one reader.
     *
     * @throws IllegalStateException where the table was not added
     */
    @SuppressWarnings("unchecked") // a table and its own cut
    public <N, V> TableCut<K, N, V> of(KeyedTable<K, N, V> table) {
        for (StateCut state : states) {
            if (state instanceof ValuesCut<?, ?, ?> values && values.isOf(table)) {
                return (TableCut<K, N, V>) values.values();
            }
        }
        throw new IllegalStateException("table '" + table.name() + "' is not in the snapshot");
    }

    private void add(StateCut state) {
        states.add(state);
        if (states.size() > Short.MAX_VALUE) {
            throw new IllegalStateException(
                    "too many states for a snapshot: states=" + states.size() + " > limit=" + Short.MAX_VALUE);
        }
    }

    /** What a file begins with: the types of key and states. States are numbered in the order they were added. */
    void writeHeader(DataOutputView out) throws IOException {
        new KeyedBackendSerializationProxy<>(
                        keySerializer,
                        getMetaInfoSnapshots(),
                        compression != UncompressedStreamCompressionDecorator.INSTANCE)
                .write(out);
    }

    List<StateCut> states() {
        return states;
    }

    @Override
    public List<StateMetaInfoSnapshot> getMetaInfoSnapshots() {
        return states.stream().map(StateCut::metaInfo).toList();
    }

    @Override
    public KeyValueStateIterator createKVStateIterator() throws IOException {
        return new CanonicalIterator(states, range);
    }

    @Override
    public KeyGroupRange getKeyGroupRange() {
        return range;
    }

    @Override
    public TypeSerializer<K> getKeySerializer() {
        return keySerializer;
    }

    @Override
    public StreamCompressionDecorator getStreamCompressionDecorator() {
        return compression;
    }

    @Override
    public void release() {
        states.forEach(StateCut::release);
    }
}

package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTable;
import dev.weir.engine.state.KeyedTable;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.RestoredStates;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.tiered.TieredTable;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.jspecify.annotations.Nullable;

/** One registered state: its table, what Flink knows of its types, and the state object once there is one. */
final class RegisteredState<K, N, V> {

    private final KeyedTable<K, N, V> table;
    private final StateCodecs codecs;
    private RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo;
    private @Nullable TableState<K, N, V> state;

    /** @param codecs of the table's store */
    RegisteredState(
            KeyedTable<K, N, V> table, StateCodecs codecs, RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
        this.table = table;
        this.codecs = codecs;
        this.metaInfo = metaInfo;
    }

    KeyedTable<K, N, V> table() {
        return table;
    }

    RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo() {
        return metaInfo;
    }

    /** Whether reads of the table hand out the stored object. */
    boolean isLive() {
        return codecs.live();
    }

    StateCodecs codecs() {
        return codecs;
    }

    void changeMetaInfo(RegisteredKeyValueStateBackendMetaInfo<N, V> next) {
        metaInfo = next;
        table.changeCodec(codecs.ofValues(next));
    }

    /** Adds the values to a cut, as they are now. */
    void cut(BackendCut<K> cut) {
        if (table instanceof TieredTable<K, N, V> tiers && tiers.isOnHeap()) {
            // a twin that tells timers from the table knows that of the heap
            cutOnHeap(cut);
        } else {
            cut.add(metaInfo, table);
        }
    }

    /** The same without what is not on the heap. */
    void cutOnHeap(BackendCut<K> cut) {
        cut.add(metaInfo, Objects.requireNonNull(onHeap()));
    }

    /** The table of what is on the heap; null where nothing ever is. */
    @Nullable
    HeapTable<K, N, V> onHeap() {
        if (table instanceof TieredTable<K, N, V> tiers) {
            return tiers.onHeap();
        }
        return table instanceof HeapTable<K, N, V> heap ? heap : null;
    }

    RestoredStates.Values<K, N, V> restored(@Nullable Load load) {
        return new RestoredStates.Values<>(table, metaInfo, kept(), load);
    }

    /** What the state keeps in the place of a value that was read. */
    @SuppressWarnings("unchecked") // the values of a list state are lists
    private UnaryOperator<V> kept() {
        FlatValues<Object> words = codecs.ofElements(metaInfo);
        return words == null ? UnaryOperator.identity() : value -> (V) WordList.of((List<Object>) value, words);
    }

    @Nullable
    TableState<K, N, V> state() {
        return state;
    }

    void changeState(TableState<K, N, V> created) {
        state = created;
    }
}

package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyedTable;
import dev.weir.rocksdb.Load;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.jspecify.annotations.Nullable;

/** Where a restore puts what it reads. For the subtask's thread. */
public interface RestoredStates<K> {

    /** The key context of all tables. */
    KeyContext<K> context();

    /** The state of this name, made with the types that the snapshot tells of unless an earlier one did. */
    Values<K, ?, ?> values(StateMetaInfoSnapshot snapshot);

    /** The timers of this name, likewise. */
    Timers<?> timers(StateMetaInfoSnapshot snapshot);

    /**
     * A state with the types it was first restored with.
     *
     * @param table where values go
     * @param metaInfo the types
     * @param kept makes of a value that was read what the state keeps
     * @param load takes entries as they are, where the table stores the bytes of savepoints; null where it does not
     */
    record Values<K, N, V>(
            KeyedTable<K, N, V> table,
            RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo,
            UnaryOperator<V> kept,
            @Nullable Load load) {}

    /**
     * A queue of timers with the type it was first restored with.
     *
     * @param queue where timers go
     * @param metaInfo the type
     * @param stored whether the queue is in a database, whatever that began with included
     */
    record Timers<T>(Consumer<T> queue, RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, boolean stored) {}
}

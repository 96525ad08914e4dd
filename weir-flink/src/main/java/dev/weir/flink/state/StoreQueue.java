package dev.weir.flink.state;

import dev.weir.engine.state.ExpectedKeys;
import dev.weir.engine.state.TimerQueue;
import dev.weir.flink.state.snapshot.BackendCut;
import java.util.Collection;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.jspecify.annotations.Nullable;

/** A queue of timers of one of Weir's stores. For the subtask's thread. */
interface StoreQueue<T> extends KeyGroupedInternalPriorityQueue<T> {

    @Override
    default void addAll(@Nullable Collection<? extends T> added) {
        if (added != null) {
            added.forEach(this::add);
        }
    }

    /** Adds the timers to a cut that has the tables, as they are now. */
    void cut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut);

    /** The same of what is on the heap only, for later cuts to be compared with. */
    void trackedCut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut);

    /** No cut will be compared with those before a version. */
    void forgetChanges(int version);

    /** Reads ahead what is on the heap, see {@link TimerQueue#touch}. */
    default long touch(ExpectedKeys keys) {
        return 0;
    }

    /** The queue was registered again, with a serializer that reads and writes the same. */
    void changeSerializer(TypeSerializer<T> serializer);
}

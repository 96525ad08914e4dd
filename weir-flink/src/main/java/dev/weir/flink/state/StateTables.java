package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.jspecify.annotations.Nullable;

/**
 * What native twins may do with the state of the operator they stand for, beyond Flink's interfaces. For the subtask's
 * thread.
 */
public final class StateTables {

    private StateTables() {}

    /**
     * The table under a state object of an operator. Its key is that of the backend; the namespace is given at each access.
     *
     * @param tenant told when the store goes over to keeping some of its state elsewhere than on the heap, if it ever does
     * @return null where the state is wrapped, by TTL or by tracking of latency or size, is of another backend, or is of
     *     a store that does not keep live objects only
     */
    @SuppressWarnings("unchecked") // the caller knows of which types the state is
    public static <K, N, V> @Nullable KeyedTable<K, N, V> of(State state, HeapTenant tenant) {
        return state instanceof TableState<?, ?, ?> known ? (KeyedTable<K, N, V>) known.onHeap(tenant) : null;
    }

    /**
     * Lets values be kept as words where their type allows, that is for Flink's tuples of boxed primitives and at most one
     * string; immutable types need no asking. Only for a state whose every user stores a value that it changed: reads hand out fresh values
     * from now on, and a stored one that is changed afterwards does not change the state.
     *
     * @return how values are words, null where they are no words or not words alone
     */
    @SuppressWarnings("unchecked") // as above
    public static <V> @Nullable FlatValues<V> flatten(State state) {
        return state instanceof TableState<?, ?, ?> known ? (FlatValues<V>) known.flatten() : null;
    }

    /** How values of an immutable type are words, null for all other types. */
    @SuppressWarnings("unchecked") // as above
    public static <V> @Nullable FlatValues<V> words(State state) {
        return state instanceof TableState<?, ?, ?> known ? (FlatValues<V>) known.words() : null;
    }

    /**
     * How values of a type are kept as words, by somebody who stores each value that it changed.
     *
     * @return null where values of this type are no words or not words alone
     */
    public static <V> @Nullable FlatValues<V> words(TypeSerializer<V> serializer) {
        return Words.alone(Words.ofStored(serializer));
    }

    /**
     * Has snapshots hold what a transformer makes of each value, which it may not change; no entry where that is null. The
     * factory is asked on the subtask's thread at each cut, for {@code createForDeserializedState}, and what it gives is
     * used by the thread that writes.
     *
     * @param state one that {@link #of} knows
     */
    @SuppressWarnings("unchecked") // as above
    public static <V> void transformSnapshots(State state, StateSnapshotTransformFactory<V> transformers) {
        ((TableState<?, ?, V>) state).transformSnapshots(transformers);
    }

    /**
     * Has snapshots hold other timers than a queue does.
     *
     * @param timers null for those that it has
     * @return false, nothing being done, where the queue is of another backend
     */
    public static <K, N> boolean standFor(
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<K, N>> queue, @Nullable HostedTimers<K, N> timers) {
        KeyGroupedInternalPriorityQueue<?> onHeap =
                queue instanceof TieredTimerQueue<?, ?> tiers ? tiers.onHeap() : queue;
        if (onHeap instanceof StoreTimerQueue<?> known) {
            known.standFor(timers);
            return true;
        }
        return false;
    }
}

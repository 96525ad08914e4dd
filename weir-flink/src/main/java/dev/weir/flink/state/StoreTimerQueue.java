package dev.weir.flink.state;

import dev.weir.engine.state.ExpectedKeys;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.LongKeys;
import dev.weir.engine.state.TimerAccess;
import dev.weir.engine.state.TimerChanges;
import dev.weir.engine.state.TimerCut;
import dev.weir.engine.state.TimerQueue;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** The engine's timer queue as Flink's timer services use it. */
final class StoreTimerQueue<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
        implements StoreQueue<T> {

    private final TimerQueue<T> timers;
    private @Nullable HostedTimers<?, ?> hosted;

    StoreTimerQueue(KeyGroupSpan span, int keyGroupCount, TypeSerializer<T> serializer) {
        this.timers = new TimerQueue<T>(ElementAccess.of(keyGroupCount, serializer), span);
    }

    @Override
    public @Nullable T poll() {
        return timers.poll();
    }

    @Override
    public @Nullable T peek() {
        return timers.peek();
    }

    @Override
    public boolean add(T timer) {
        return timers.add(timer);
    }

    @Override
    public boolean remove(T timer) {
        return timers.remove(timer);
    }

    @Override
    public boolean isEmpty() {
        return timers.size() == 0;
    }

    @Override
    public int size() {
        return timers.size();
    }

    @Override
    public CloseableIterator<T> iterator() {
        return CloseableIterator.adapterForIterator(timers.iterator());
    }

    @Override
    public Set<T> getSubsetForKeyGroup(int keyGroup) {
        return timers.ofKeyGroup(keyGroup);
    }

    @Override
    public long touch(ExpectedKeys keys) {
        return timers.touch(keys);
    }

    /** From now on snapshots have other timers than this queue, or null for its own. */
    void standFor(@Nullable HostedTimers<?, ?> timersOfSnapshots) {
        hosted = timersOfSnapshots;
    }

    @Override
    public void cut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {
        cut.add(metaInfo, cut(cut));
    }

    @Override
    public void trackedCut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, BackendCut<?> cut) {
        cut.add(metaInfo, hosted == null ? new Tracked<>(timers.trackedCut()) : cut(cut));
    }

    @Override
    public void forgetChanges(int version) {
        timers.forgetChanges(version);
    }

    /** {@inheritDoc} Timers are objects. */
    @Override
    public void changeSerializer(TypeSerializer<T> serializer) {}

    /** The timers as they are now, or those that snapshots have in their place. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // who stands for timers of a queue knows of which types they are
    CutTimers<T> cut(BackendCut<?> tables) {
        HostedTimers others = hosted;
        return others == null ? timers.cut()::ofKeyGroup : others.cut(tables, timers.cut());
    }

    private record Tracked<T>(TimerCut<T> cut) implements CutTimers<T> {
        @Override
        public List<T> ofKeyGroup(int keyGroup) {
            return cut.ofKeyGroup(keyGroup);
        }

        @Override
        public int size(int keyGroup) {
            return cut.size(keyGroup);
        }

        @Override
        public OptionalInt version() {
            return OptionalInt.of(cut.version());
        }

        @Override
        public @Nullable TimerChanges<T> since(int earlierVersion) {
            return cut.since(earlierVersion);
        }
    }

    private record ElementAccess<T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>(
            int keyGroupCount, boolean timersOnly, @Nullable LongKeys<Object> identities) implements TimerAccess<T> {

        static <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>> ElementAccess<T> of(
                int keyGroupCount, TypeSerializer<T> serializer) {
            if (!((TypeSerializer<?>) serializer instanceof TimerSerializer<?, ?> timers)) {
                return new ElementAccess<>(keyGroupCount, false, null);
            }
            boolean oneNamespace = timers.getNamespaceSerializer() instanceof VoidNamespaceSerializer;
            return new ElementAccess<>(
                    keyGroupCount, true, oneNamespace ? identities(timers.getKeySerializer()) : null);
        }

        @SuppressWarnings("unchecked") // keys are of their serializer's type
        private static @Nullable LongKeys<Object> identities(TypeSerializer<?> keySerializer) {
            return (LongKeys<Object>) PrimitiveKeys.of(keySerializer);
        }

        @Override
        public boolean hasIdentity() {
            return identities != null;
        }

        // A timer is its time, its key and its namespace.
        @Override
        public long identity(T element) {
            return identities == null ? 0 : identities.toLong(element.getKey());
        }

        // Other elements than timers have no time that could be kept beside them: all their order is in the ties.
        @Override
        public long due(T element) {
            return element instanceof TimerHeapInternalTimer<?, ?> timer ? timer.getTimestamp() : 0;
        }

        @Override
        public boolean ordersTies() {
            return !timersOnly;
        }

        @Override
        public int compareTies(T a, T b) {
            return a.comparePriorityTo(b);
        }

        @Override
        public int keyHash(T element) {
            return element.getKey().hashCode();
        }

        @Override
        public int keyGroup(T element) {
            return KeyGroups.assign(element.getKey().hashCode(), keyGroupCount);
        }
    }
}

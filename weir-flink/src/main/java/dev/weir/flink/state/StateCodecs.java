package dev.weir.flink.state;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.KeyedStore;
import dev.weir.rocksdb.ListCodec;
import dev.weir.rocksdb.MapCodec;
import dev.weir.rocksdb.tiered.TieredCodec;
import dev.weir.rocksdb.tiered.TieredStore;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The codecs of states, by what their store keeps.
 *
 * @param kept what the store keeps; one of bytes keeps lists and maps by element
 * @param userLoader where serializers look up classes by name
 */
record StateCodecs(Kept kept, ClassLoader userLoader) {

    /** What a store keeps. */
    enum Kept {
        OBJECTS,
        BYTES,
        /** Objects, until there is no room for more of them. */
        BOTH;

        static Kept by(KeyedStore<?> store) {
            if (store instanceof TieredStore) {
                return BOTH;
            }
            return store.handsOutLiveValues() ? OBJECTS : BYTES;
        }
    }

    /** Whether reads hand out the stored object. */
    boolean live() {
        return kept != Kept.BYTES;
    }

    /** The codec of a state's values. */
    <V> Codec<V> ofValues(RegisteredKeyValueStateBackendMetaInfo<?, V> state) {
        return ofValues(state.getStateType(), state.getStateSerializer());
    }

    /**
     * How elements of a live list state are kept as words; null where they are objects. A list on the heap alone has the very
     * tuples that were added, as Flink's has; one that may go to the database has copies, as it would have there, unless it
     * is a window's, which native windows hand out.
     */
    @SuppressWarnings("unchecked") // the elements are of the state's type
    <E> @Nullable FlatValues<E> ofElements(RegisteredKeyValueStateBackendMetaInfo<?, ?> state) {
        // with TTL, elements are wrapped
        if (!live()
                || state.getStateType() != StateDescriptor.Type.LIST
                || !(state.getStateSerializer() instanceof ListSerializer<?> lists)) {
            return null;
        }
        TypeSerializer<E> elements = ((ListSerializer<E>) lists).getElementSerializer();
        return kept == Kept.BOTH && state.getNamespaceSerializer() instanceof VoidNamespaceSerializer
                ? Words.alone(Words.ofStored(elements))
                : Words.ofImmutable(elements);
    }

    /** The same for a serializer of somebody else's. */
    <V> Codec<V> ofValues(StateDescriptor.Type type, TypeSerializer<V> serializer) {
        return switch (kept) {
            case OBJECTS -> new SerializerCodec<>(serializer);
            case BYTES -> ofBytes(type, serializer);
            // what is stored has a serializer of its own: either may be in use while the other reads
            case BOTH ->
                new TieredCodec<>(new SerializerCodec<>(serializer), ofBytes(type, serializer.duplicate()), false);
        };
    }

    private <V> Codec<V> ofBytes(StateDescriptor.Type type, TypeSerializer<V> serializer) {
        return switch (type) {
            case LIST -> ofList((ListSerializer<?>) (TypeSerializer<?>) serializer);
            case MAP -> ofMap((MapSerializer<?, ?>) (TypeSerializer<?>) serializer);
            default -> new StoredValueCodec<>(serializer, userLoader);
        };
    }

    @SuppressWarnings("unchecked") // the values of a list state are lists
    private static <E, V> Codec<V> ofList(ListSerializer<E> serializer) {
        Codec<List<E>> codec = new ListCodec<>(new SerializerCodec<>(serializer.getElementSerializer()));
        return (Codec<V>) codec;
    }

    @SuppressWarnings("unchecked") // the values of a map state are maps
    private <U, W, V> Codec<V> ofMap(MapSerializer<U, W> serializer) {
        Codec<Map<U, W>> codec = new MapCodec<>(
                new SerializerCodec<>(serializer.getKeySerializer()),
                new StoredValueCodec<>(serializer.getValueSerializer(), userLoader));
        return (Codec<V>) codec;
    }
}

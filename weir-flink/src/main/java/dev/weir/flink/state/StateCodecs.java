package dev.weir.flink.state;

import dev.weir.engine.state.Codec;
import dev.weir.rocksdb.ListCodec;
import dev.weir.rocksdb.MapCodec;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;

/**
 * The codecs of states, by what their store keeps.
 *
 * @param live whether the store keeps objects; one of bytes keeps lists and maps by element
 * @param userLoader where serializers look up classes by name
 */
record StateCodecs(boolean live, ClassLoader userLoader) {

    /** The codec of a state's values. */
    <V> Codec<V> ofValues(RegisteredKeyValueStateBackendMetaInfo<?, V> state) {
        return ofValues(state.getStateType(), state.getStateSerializer());
    }

    /** The same for a serializer of somebody else's. */
    <V> Codec<V> ofValues(StateDescriptor.Type type, TypeSerializer<V> serializer) {
        if (live) {
            return new SerializerCodec<>(serializer);
        }
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

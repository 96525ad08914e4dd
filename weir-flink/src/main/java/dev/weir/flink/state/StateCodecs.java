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

/** The codecs of states, by what their store keeps. Stateless. */
final class StateCodecs {

    private StateCodecs() {}

    /**
     * The codec of a state's values.
     *
     * @param live whether the store keeps objects; one of bytes keeps lists and maps by element
     */
    static <V> Codec<V> ofValues(RegisteredKeyValueStateBackendMetaInfo<?, V> state, boolean live) {
        return ofValues(state.getStateType(), state.getStateSerializer(), live);
    }

    /** The same for a serializer of somebody else's. */
    static <V> Codec<V> ofValues(StateDescriptor.Type type, TypeSerializer<V> serializer, boolean live) {
        if (!live) {
            switch (type) {
                case LIST -> {
                    return ofList((ListSerializer<?>) (TypeSerializer<?>) serializer);
                }
                case MAP -> {
                    return ofMap((MapSerializer<?, ?>) (TypeSerializer<?>) serializer);
                }
                default -> {}
            }
        }
        return new SerializerCodec<>(serializer);
    }

    @SuppressWarnings("unchecked") // the values of a list state are lists
    private static <E, V> Codec<V> ofList(ListSerializer<E> serializer) {
        Codec<List<E>> codec = new ListCodec<>(new SerializerCodec<>(serializer.getElementSerializer()));
        return (Codec<V>) codec;
    }

    @SuppressWarnings("unchecked") // the values of a map state are maps
    private static <U, W, V> Codec<V> ofMap(MapSerializer<U, W> serializer) {
        Codec<Map<U, W>> codec = new MapCodec<>(
                new SerializerCodec<>(serializer.getKeySerializer()),
                new SerializerCodec<>(serializer.getValueSerializer()));
        return (Codec<V>) codec;
    }
}

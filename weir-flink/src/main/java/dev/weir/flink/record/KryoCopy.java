package dev.weir.flink.record;

import com.esotericsoftware.kryo.Kryo;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Values of any class, serialized by Kryo: the immutable ones are handed on if Kryo's own serializer is in charge of
 * their class, the rest make the round trip.
 */
final class KryoCopy implements UnaryOperator<@Nullable Object> {
    private static final String OWN_SERIALIZERS = "com.esotericsoftware.kryo.serializers.";

    private final KryoSerializer<?> serializer;
    private final Leaf otherwise;
    private final Map<Class<?>, Boolean> handedOn = new HashMap<>();

    KryoCopy(KryoSerializer<?> serializer, Leaf otherwise) {
        this.serializer = serializer;
        this.otherwise = otherwise;
    }

    @Override
    public @Nullable Object apply(@Nullable Object value) {
        return value != null && isHandedOn(value.getClass()) ? value : otherwise.apply(value);
    }

    private boolean isHandedOn(Class<?> type) {
        Boolean known = handedOn.get(type);
        if (known == null) {
            known = Immutables.underKryo(type) && hasOwnSerializer(serializer.getKryo(), type);
            handedOn.put(type, known);
        }
        return known;
    }

    private static boolean hasOwnSerializer(Kryo kryo, Class<?> type) {
        try {
            return kryo.getSerializer(type).getClass().getName().startsWith(OWN_SERIALIZERS);
        } catch (IllegalArgumentException e) {
            return false; // registration is required and missing: let serialization say so
        }
    }
}

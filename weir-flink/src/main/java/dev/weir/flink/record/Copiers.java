package dev.weir.flink.record;

import dev.weir.engine.exchange.Copier;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Makes copiers for Flink's types. */
public final class Copiers {
    private Copiers() {}

    public static <T> Copier<T> forSerializer(TypeSerializer<T> serializer, ClassLoader userLoader) {
        return forChaining(serializer, userLoader);
    }

    public static <T> Copier<T> forChaining(TypeSerializer<T> serializer, ClassLoader userLoader) {
        TypeSerializer<T> own = serializer.duplicate();
        return own::copy;
    }
}

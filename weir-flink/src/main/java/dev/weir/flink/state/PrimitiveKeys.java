package dev.weir.flink.state;

import dev.weir.engine.state.LongKeys;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.jspecify.annotations.Nullable;

/** Tells from a key's serializer whether the engine may keep keys as longs. */
final class PrimitiveKeys {

    private PrimitiveKeys() {}

    /** The keys as longs; null where the serializer is not exactly that of {@code Long} or {@code Integer}. */
    @SuppressWarnings("unchecked")
    static <K> @Nullable LongKeys<K> of(TypeSerializer<K> serializer) {
        if (serializer.getClass() == LongSerializer.class) {
            return (LongKeys<K>) new Longs();
        }
        if (serializer.getClass() == IntSerializer.class) {
            return (LongKeys<K>) new Integers();
        }
        return null;
    }

    private static final class Longs implements LongKeys<Long> {
        @Override
        public long toLong(Long key) {
            return key;
        }

        @Override
        public Long fromLong(long key) {
            return key;
        }
    }

    private static final class Integers implements LongKeys<Integer> {
        @Override
        public long toLong(Integer key) {
            return key;
        }

        @Override
        public Integer fromLong(long key) {
            return (int) key;
        }
    }
}

package dev.weir.flink.host;

import java.lang.reflect.Field;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.runtime.partitioner.KeyGroupStreamPartitioner;

/** Gets a partitioner's key selector, which Flink keeps private. */
final class PartitionerKeys {
    private PartitionerKeys() {}

    @SuppressWarnings("unchecked")
    static <T> KeySelector<T, Object> selector(KeyGroupStreamPartitioner<T, ?> partitioner) {
        try {
            Field field = KeyGroupStreamPartitioner.class.getDeclaredField("keySelector");
            field.setAccessible(true);
            return (KeySelector<T, Object>) field.get(partitioner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this version of Flink has another KeyGroupStreamPartitioner; Weir is made for Flink 2.3", e);
        }
    }
}

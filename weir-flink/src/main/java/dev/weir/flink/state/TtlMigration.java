package dev.weir.flink.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.runtime.state.ttl.TtlValue;
import org.jspecify.annotations.Nullable;

/** Adds or takes away the time stamps of stored values when a job enables or disables TTL of a restored state. */
final class TtlMigration {

    private final TtlTimeProvider clock;

    TtlMigration(TtlTimeProvider clock) {
        this.clock = clock;
    }

    /**
     * What becomes of a value.
     *
     * @param type lists and maps have a time stamp per element, the others one per value
     * @param enabled whether values have time stamps from now on
     */
    @SuppressWarnings("NullAway") // of a value comes a value
    <V> UnaryOperator<V> change(StateDescriptor.Type type, boolean enabled) {
        return value -> migrated(value, type, enabled);
    }

    // Values with and without time stamps share the state's type variable, in Flink too.
    @SuppressWarnings("unchecked")
    private <V> @Nullable V migrated(@Nullable V value, StateDescriptor.Type type, boolean stamped) {
        if (value instanceof List<?> list && type == StateDescriptor.Type.LIST) {
            // the list itself may have room for values of the other type only, and so may the map
            List<@Nullable Object> other = new ArrayList<>(list.size());
            list.forEach(element -> other.add(element(element, stamped)));
            return (V) other;
        }
        if (value instanceof Map<?, ?> map && type == StateDescriptor.Type.MAP) {
            Map<Object, @Nullable Object> other = new HashMap<>();
            map.forEach((key, element) -> other.put(key, element(element, stamped)));
            return (V) other;
        }
        return (V) element(value, stamped);
    }

    private @Nullable Object element(@Nullable Object element, boolean stamped) {
        if (stamped) {
            return new TtlValue<>(element, clock.currentTimestamp());
        }
        return element == null ? null : ((TtlValue<?>) element).getUserValue();
    }
}

package dev.weir.flink.state;

import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.jspecify.annotations.Nullable;

/** Value state: one value, with a default that is copied at every read. */
final class ValueTableState<K, N, V> extends TableState<K, N, V> implements InternalValueState<K, N, V> {

    private @Nullable V defaultValue;

    ValueTableState(
            RegisteredState<K, N, V> registered, TypeSerializer<K> keySerializer, StateDescriptor<?, V> descriptor) {
        super(registered, keySerializer);
        this.defaultValue = descriptor.getDefaultValue();
    }

    @Override
    void update(RegisteredState<K, N, V> registered, StateDescriptor<?, V> descriptor) {
        super.update(registered, descriptor);
        defaultValue = descriptor.getDefaultValue();
    }

    @Override
    public @Nullable V value() {
        V value = table().get(namespace());
        if (value != null || defaultValue == null) {
            return value;
        }
        return getValueSerializer().copy(defaultValue);
    }

    @Override
    public void update(@Nullable V value) {
        if (value == null) {
            clear();
        } else {
            table().put(namespace(), value);
        }
    }
}

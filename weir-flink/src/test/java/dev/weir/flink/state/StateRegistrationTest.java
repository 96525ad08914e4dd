package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.apache.flink.runtime.state.ttl.TtlStateFactory.TtlSerializer;
import org.apache.flink.runtime.state.ttl.TtlValue;
import org.apache.flink.util.StateMigrationException;
import org.junit.jupiter.api.Test;

/** A state registered again under its name, as a restored job does it. Both backends must do the same. */
final class StateRegistrationTest {

    private interface Scenario {
        Object on(AbstractKeyedStateBackend<String> backend) throws Exception;
    }

    private static Object compare(Scenario scenario) throws Exception {
        try (BackendPair<String> pair = new BackendPair<>(StringSerializer.INSTANCE, KeyGroupRange.of(0, 15), 16)) {
            pair.setCurrentKey("key");
            Object flinks = outcome(scenario, pair.flinks);
            Object ours = outcome(scenario, pair.ours);
            assertThat(ours).isEqualTo(flinks);
            return ours;
        }
    }

    private static Object outcome(Scenario scenario, AbstractKeyedStateBackend<String> backend) {
        try {
            return scenario.on(backend);
        } catch (Exception e) {
            return e.getClass();
        }
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // as in Flink's method
    private static <N, SV, S extends State, IS extends S> IS register(
            AbstractKeyedStateBackend<String> backend, TypeSerializer<N> namespaces, StateDescriptor<S, SV> descriptor)
            throws Exception {
        return backend.createOrUpdateInternalState(
                namespaces, descriptor, StateSnapshotTransformFactory.noTransform(), true);
    }

    private static <T extends InternalKvState<String, VoidNamespace, ?>> T inVoid(T state) {
        state.setCurrentNamespace(VoidNamespace.INSTANCE);
        return state;
    }

    private static final VoidNamespaceSerializer VOID = VoidNamespaceSerializer.INSTANCE;

    @Test
    void aCompatibleSerializerKeepsTheValues() throws Exception {
        Object outcome = compare(backend -> {
            InternalValueState<String, VoidNamespace, Long> first =
                    register(backend, VOID, new ValueStateDescriptor<>("s", LongSerializer.INSTANCE));
            inVoid(first).update(5L);
            InternalValueState<String, VoidNamespace, Long> second =
                    register(backend, VOID, new ValueStateDescriptor<>("s", LongSerializer.INSTANCE));
            return List.of(second == first, inVoid(second).value());
        });
        assertThat(outcome).isEqualTo(List.of(true, 5L));
    }

    @Test
    void aReducingStateTakesTheNewFunction() throws Exception {
        Object outcome = compare(backend -> {
            InternalReducingState<String, VoidNamespace, Long> first =
                    register(backend, VOID, new ReducingStateDescriptor<>("s", Long::sum, LongSerializer.INSTANCE));
            inVoid(first).add(5L);
            first.add(6L);
            InternalReducingState<String, VoidNamespace, Long> second =
                    register(backend, VOID, new ReducingStateDescriptor<>("s", Math::max, LongSerializer.INSTANCE));
            inVoid(second).add(7L);
            return second.get();
        });
        assertThat(outcome).isEqualTo(11L);
    }

    @Test
    void anIncompatibleValueSerializerIsRefused() throws Exception {
        Object outcome = compare(backend -> {
            register(backend, VOID, new ValueStateDescriptor<>("s", LongSerializer.INSTANCE));
            return register(backend, VOID, new ValueStateDescriptor<>("s", StringSerializer.INSTANCE));
        });
        assertThat(outcome).isEqualTo(StateMigrationException.class);
    }

    @Test
    void anIncompatibleNamespaceSerializerIsRefused() throws Exception {
        Object outcome = compare(backend -> {
            register(backend, VOID, new ValueStateDescriptor<>("s", LongSerializer.INSTANCE));
            return register(backend, IntSerializer.INSTANCE, new ValueStateDescriptor<>("s", LongSerializer.INSTANCE));
        });
        assertThat(outcome).isEqualTo(StateMigrationException.class);
    }

    @Test
    void anotherKindOfStateIsRefused() throws Exception {
        Object outcome = compare(backend -> {
            register(backend, VOID, new ValueStateDescriptor<>("s", new ListSerializer<>(LongSerializer.INSTANCE)));
            return register(backend, VOID, new ListStateDescriptor<>("s", LongSerializer.INSTANCE));
        });
        assertThat(outcome).isEqualTo(IllegalStateException.class);
    }

    @Test
    void aSecondRegistrationNeedsLeave() throws Exception {
        Object outcome = compare(backend -> {
            ValueStateDescriptor<Long> descriptor = new ValueStateDescriptor<>("s", LongSerializer.INSTANCE);
            backend.createOrUpdateInternalState(VOID, descriptor);
            return backend.createOrUpdateInternalState(VOID, descriptor);
        });
        assertThat(outcome).isEqualTo(UnsupportedOperationException.class);
    }

    @Test
    void enablingTtlStampsTheValuesOfBefore() throws Exception {
        Object outcome = compare(backend -> {
            fill(backend);
            InternalValueState<String, VoidNamespace, TtlValue<Long>> value =
                    register(backend, VOID, withTtl(new ValueStateDescriptor<>("value", ttl(LongSerializer.INSTANCE))));
            InternalListState<String, VoidNamespace, TtlValue<Long>> list =
                    register(backend, VOID, withTtl(new ListStateDescriptor<>("list", ttl(LongSerializer.INSTANCE))));
            InternalMapState<String, VoidNamespace, Integer, TtlValue<Long>> map = register(
                    backend,
                    VOID,
                    withTtl(new MapStateDescriptor<>("map", IntSerializer.INSTANCE, ttl(LongSerializer.INSTANCE))));
            return List.of(
                    inVoid(value).value().getLastAccessTimestamp(),
                    times(inVoid(list).get()),
                    times(inVoid(map).values()));
        });
        assertThat(outcome).isEqualTo(List.of(1_000L, List.of(1_000L, 1_000L), List.of(1_000L)));
    }

    @Test
    void disablingTtlTakesTheStampsAway() throws Exception {
        Object outcome = compare(backend -> {
            ValueState<Long> before = backend.getPartitionedState(
                    VoidNamespace.INSTANCE,
                    VOID,
                    withTtl(new ValueStateDescriptor<>("value", LongSerializer.INSTANCE)));
            before.update(5L);
            return before.value();
        });
        assertThat(outcome).isEqualTo(5L);
        outcome = compare(backend -> {
            InternalValueState<String, VoidNamespace, TtlValue<Long>> stamped =
                    register(backend, VOID, withTtl(new ValueStateDescriptor<>("value", ttl(LongSerializer.INSTANCE))));
            inVoid(stamped).update(new TtlValue<>(5L, 900));
            InternalValueState<String, VoidNamespace, Long> plain =
                    register(backend, VOID, new ValueStateDescriptor<>("value", LongSerializer.INSTANCE));
            return inVoid(plain).value();
        });
        assertThat(outcome).isEqualTo(5L);
    }

    private static void fill(AbstractKeyedStateBackend<String> backend) throws Exception {
        InternalValueState<String, VoidNamespace, Long> value =
                register(backend, VOID, new ValueStateDescriptor<>("value", LongSerializer.INSTANCE));
        inVoid(value).update(5L);
        InternalListState<String, VoidNamespace, Long> list =
                register(backend, VOID, new ListStateDescriptor<>("list", LongSerializer.INSTANCE));
        inVoid(list).addAll(List.of(6L, 7L));
        InternalMapState<String, VoidNamespace, Integer, Long> map = register(
                backend, VOID, new MapStateDescriptor<>("map", IntSerializer.INSTANCE, LongSerializer.INSTANCE));
        inVoid(map).put(1, 8L);
    }

    private static <D extends StateDescriptor<?, ?>> D withTtl(D descriptor) {
        descriptor.enableTimeToLive(
                StateTtlConfig.newBuilder(Duration.ofMinutes(1)).build());
        return descriptor;
    }

    private static <T> TtlSerializer<T> ttl(TypeSerializer<T> serializer) {
        return new TtlSerializer<>(LongSerializer.INSTANCE, serializer);
    }

    private static List<Long> times(Iterable<TtlValue<Long>> values) {
        List<Long> times = new ArrayList<>();
        values.forEach(value -> times.add(value.getLastAccessTimestamp()));
        return times;
    }
}

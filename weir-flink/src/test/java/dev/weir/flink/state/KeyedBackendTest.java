package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend.KeySelectionListener;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.v2.adaptor.AsyncKeyedStateBackendAdaptor;
import org.junit.jupiter.api.Test;

final class KeyedBackendTest {

    private static final ValueStateDescriptor<Long> VALUE = new ValueStateDescriptor<>("v", LongSerializer.INSTANCE);

    private static BackendPair<String> pair() throws Exception {
        return new BackendPair<>(StringSerializer.INSTANCE, KeyGroupRange.of(8, 15), 16);
    }

    private static <S extends State> S state(
            AbstractKeyedStateBackend<String> backend, StateDescriptor<S, ?> descriptor) throws Exception {
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    private static String ownKey() {
        for (int i = 0; ; i++) {
            if (KeyGroupRangeAssignment.assignToKeyGroup("key-" + i, 16) >= 8) {
                return "key-" + i;
            }
        }
    }

    private static String foreignKey() {
        for (int i = 0; ; i++) {
            if (KeyGroupRangeAssignment.assignToKeyGroup("key-" + i, 16) < 8) {
                return "key-" + i;
            }
        }
    }

    @Test
    void accessWithoutAKeyFailsAsInFlink() throws Exception {
        try (BackendPair<String> pair = pair()) {
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                ValueState<Long> state = state(backend, VALUE);
                String message = "No key set. This method should not be called outside of a keyed context.";
                assertThatThrownBy(state::value)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage(message);
                assertThatThrownBy(() -> state.update(1L))
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage(message);
                assertThatThrownBy(() -> backend.setCurrentKey(null)).isInstanceOf(NullPointerException.class);
            }
        }
    }

    @Test
    void aKeyOfAnotherSubtaskIsRefused() throws Exception {
        try (BackendPair<String> pair = pair()) {
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                assertThatThrownBy(() -> backend.setCurrentKey(foreignKey()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("hashCode");
                assertThatThrownBy(() -> backend.setCurrentKeyAndKeyGroup(ownKey(), 7))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void theKeyAndItsGroupCanBeSetInOneStepOrTwo() throws Exception {
        try (BackendPair<String> pair = pair()) {
            String key = ownKey();
            int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(key, 16);
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                backend.setCurrentKey(key);
                ValueState<Long> state = state(backend, VALUE);
                state.update(3L);
                backend.setCurrentKeyAndKeyGroup(key, keyGroup);
                assertThat(state.value()).isEqualTo(3L);
                backend.getKeyContext().setCurrentKey(key);
                backend.setCurrentKeyGroupIndex(keyGroup);
                assertThat(state.value()).isEqualTo(3L);
                assertThat(backend.getCurrentKey()).isEqualTo(key);
                assertThat(backend.getCurrentKeyGroupIndex()).isEqualTo(keyGroup);
                assertThat(backend.getKeyGroupRange()).isEqualTo(KeyGroupRange.of(8, 15));
                assertThat(backend.getNumberOfKeyGroups()).isEqualTo(16);
            }
        }
    }

    @Test
    void listenersHearOfEachKeyUntilTheyAreRemoved() throws Exception {
        try (BackendPair<String> pair = pair()) {
            String key = ownKey();
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                List<String> heard = new ArrayList<>();
                KeySelectionListener<String> listener = heard::add;
                backend.registerKeySelectionListener(listener);
                backend.setCurrentKey(key);
                backend.setCurrentKeyAndKeyGroup(key, KeyGroupRangeAssignment.assignToKeyGroup(key, 16));
                assertThat(backend.deregisterKeySelectionListener(listener)).isTrue();
                assertThat(backend.deregisterKeySelectionListener(listener)).isFalse();
                backend.setCurrentKey(key);
                assertThat(heard).containsExactly(key, key);
            }
        }
    }

    // The default value of a descriptor is deprecated in Flink, and still honoured.
    @SuppressWarnings("deprecation")
    @Test
    void aDefaultValueIsCopiedAtEachRead() throws Exception {
        try (BackendPair<String> pair = pair()) {
            pair.setCurrentKey(ownKey());
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                ValueState<List<Integer>> state = state(
                        backend,
                        new ValueStateDescriptor<>(
                                "list", new ListSerializer<>(IntSerializer.INSTANCE), new ArrayList<>(List.of(1))));
                state.value().add(2);
                assertThat(state.value()).containsExactly(1);
                assertThat(backend.numKeyValueStateEntries()).isZero();
            }
        }
    }

    @Test
    void queryableStateIsSerializedAsInFlink() throws Exception {
        String key = ownKey();
        ListStateDescriptor<String> list = new ListStateDescriptor<>("l", StringSerializer.INSTANCE);
        MapStateDescriptor<Integer, String> map =
                new MapStateDescriptor<>("m", IntSerializer.INSTANCE, StringSerializer.INSTANCE);
        byte[] entry = KvStateSerializer.serializeKeyAndNamespace(
                key, StringSerializer.INSTANCE, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE);
        try (BackendPair<String> pair = pair()) {
            List<List<byte[]>> answers = new ArrayList<>();
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.flinks, pair.ours)) {
                backend.setCurrentKey(key);
                List<byte[]> answer = new ArrayList<>();
                answer.add(serialized(state(backend, VALUE), entry));
                state(backend, VALUE).update(77L);
                state(backend, list).addAll(List.of("a", "b", "c"));
                state(backend, map).putAll(Map.of(1, "x"));
                state(backend, map).put(2, null);
                answer.add(serialized(state(backend, VALUE), entry));
                answer.add(serialized(state(backend, list), entry));
                answer.add(serialized(state(backend, map), entry));
                answers.add(answer);
            }
            assertThat(answers.get(0).get(0)).isNull();
            for (int i = 0; i < answers.get(0).size(); i++) {
                assertThat(Arrays.equals(answers.get(1).get(i), answers.get(0).get(i)))
                        .as("answer %d", i)
                        .isTrue();
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <V> byte[] serialized(State state, byte[] entry) throws Exception {
        InternalKvState<String, VoidNamespace, V> internal = (InternalKvState<String, VoidNamespace, V>) state;
        return internal.getSerializedValue(
                entry, internal.getKeySerializer(), internal.getNamespaceSerializer(), internal.getValueSerializer());
    }

    @Test
    void stateOfTheSecondVersionWorksThroughFlinksAdaptor() throws Exception {
        try (BackendPair<String> pair = pair()) {
            for (AbstractKeyedStateBackend<String> backend : List.of(pair.ours, pair.flinks)) {
                backend.setCurrentKey(ownKey());
                AsyncKeyedStateBackendAdaptor<String> async = new AsyncKeyedStateBackendAdaptor<>(backend);
                List<Object> seen = new ArrayList<>();
                org.apache.flink.api.common.state.v2.ValueState<Long> value = async.getOrCreateKeyedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new org.apache.flink.api.common.state.v2.ValueStateDescriptor<>("v", LongSerializer.INSTANCE));
                value.asyncUpdate(4L).thenCompose(none -> value.asyncValue()).thenAccept(seen::add);
                org.apache.flink.api.common.state.v2.ListState<Long> list = async.getOrCreateKeyedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new org.apache.flink.api.common.state.v2.ListStateDescriptor<>("l", LongSerializer.INSTANCE));
                list.asyncAdd(1L).thenCompose(none -> list.asyncAddAll(List.of(2L, 3L)));
                list.asyncGet()
                        .thenAccept(elements -> elements.onNext(element -> {
                            seen.add(element);
                        }));
                org.apache.flink.api.common.state.v2.MapState<Integer, Long> map = async.getOrCreateKeyedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new org.apache.flink.api.common.state.v2.MapStateDescriptor<>(
                                "m", IntSerializer.INSTANCE, LongSerializer.INSTANCE));
                map.asyncPut(1, 10L);
                map.asyncGet(1).thenAccept(seen::add);
                map.asyncIsEmpty().thenAccept(seen::add);
                org.apache.flink.api.common.state.v2.ReducingState<Long> reducing = async.getOrCreateKeyedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new org.apache.flink.api.common.state.v2.ReducingStateDescriptor<>(
                                "r", Long::sum, LongSerializer.INSTANCE));
                reducing.asyncAdd(5L);
                reducing.asyncAdd(6L);
                reducing.asyncGet().thenAccept(seen::add);
                org.apache.flink.api.common.state.v2.AggregatingState<Long, String> aggregating =
                        async.getOrCreateKeyedState(
                                VoidNamespace.INSTANCE,
                                VoidNamespaceSerializer.INSTANCE,
                                new org.apache.flink.api.common.state.v2.AggregatingStateDescriptor<>(
                                        "a", new Sum(), LongSerializer.INSTANCE));
                aggregating.asyncAdd(8L);
                aggregating.asyncAdd(9L);
                aggregating.asyncGet().thenAccept(seen::add);
                assertThat(seen).containsExactly(4L, 1L, 2L, 3L, 10L, false, 11L, "17");
                assertThat(state(backend, new AggregatingStateDescriptor<>("a", new Sum(), LongSerializer.INSTANCE))
                                .get())
                        .isEqualTo("17");
                assertThat(state(backend, new ReducingStateDescriptor<>("r", Long::sum, LongSerializer.INSTANCE))
                                .get())
                        .isEqualTo(11L);
            }
        }
    }

    @Test
    void disposalLeavesNothing() throws Exception {
        BackendPair<String> pair = pair();
        pair.setCurrentKey(ownKey());
        state(pair.ours, VALUE).update(1L);
        assertThat(pair.ours.numKeyValueStateEntries()).isEqualTo(1);
        pair.close();
        assertThat(pair.ours.numKeyValueStateEntries()).isZero();
        assertThat(pair.ours.getKeys("v", VoidNamespace.INSTANCE)).isEmpty();
    }

    private static final class Sum implements AggregateFunction<Long, Long, String> {
        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(Long value, Long accumulator) {
            return value + accumulator;
        }

        @Override
        public String getResult(Long accumulator) {
            return accumulator.toString();
        }

        @Override
        public Long merge(Long a, Long b) {
            return a + b;
        }
    }
}

package dev.weir.flink.state;

import dev.weir.engine.state.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalAppendingState;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.CloseableIterator;

/**
 * Random operations on states of every kind, in several kinds of namespaces, with and without TTL, and on timers, for any
 * keyed backend; and what such a backend contains.
 */
final class StateScript<K> {

    /** One operation, to be run on any backend that has the key. */
    interface Step<K> {
        void on(AbstractKeyedStateBackend<K> backend) throws Exception;
    }

    private static final int KEYS = 60;
    private static final String TIMERS = "_timer_state/event_timers";

    private final Random random;
    private final TypeSerializer<K> keySerializer;
    private final IntFunction<K> keys;

    private final ValueStateDescriptor<List<Integer>> value =
            new ValueStateDescriptor<>("value", new ListSerializer<>(IntSerializer.INSTANCE));
    private final ValueStateDescriptor<Tuple2<Long, Integer>> tuple =
            new ValueStateDescriptor<>("tuple", Types.TUPLE(Types.LONG, Types.INT));
    private final ListStateDescriptor<String> list = new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
    private final ListStateDescriptor<Integer> numbers = new ListStateDescriptor<>("numbers", IntSerializer.INSTANCE);
    private final MapStateDescriptor<Integer, String> map =
            new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE);
    private final ReducingStateDescriptor<Long> reducing =
            new ReducingStateDescriptor<>("reducing", (a, b) -> 31 * a + b, LongSerializer.INSTANCE);
    private final AggregatingStateDescriptor<Integer, List<Integer>, List<Integer>> aggregating =
            new AggregatingStateDescriptor<>(
                    "aggregating", new Collecting(), new ListSerializer<>(IntSerializer.INSTANCE));
    private final ValueStateDescriptor<String> ttlValue =
            withTtl(new ValueStateDescriptor<>("ttl-value", StringSerializer.INSTANCE));
    private final ListStateDescriptor<String> ttlList =
            withTtl(new ListStateDescriptor<>("ttl-list", StringSerializer.INSTANCE));
    private final MapStateDescriptor<String, Long> ttlMap =
            withTtl(new MapStateDescriptor<>("ttl-map", StringSerializer.INSTANCE, LongSerializer.INSTANCE));

    StateScript(long seed, TypeSerializer<K> keySerializer, IntFunction<K> keys) {
        this.random = new Random(seed);
        this.keySerializer = keySerializer;
        this.keys = keys;
    }

    private static <D extends StateDescriptor<?, ?>> D withTtl(D descriptor) {
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(50))
                .cleanupFullSnapshot()
                .build());
        return descriptor;
    }

    K randomKey() {
        return keys.apply(random.nextInt(KEYS));
    }

    /** Registers some of the states, and has our backend keep them in the forms that native twins ask for. */
    void arrange(AbstractKeyedStateBackend<K> ours) throws Exception {
        int i = 0;
        while (!ours.getKeyGroupRange()
                .contains(KeyGroupRangeAssignment.assignToKeyGroup(keys.apply(i), ours.getNumberOfKeyGroups()))) {
            i++;
        }
        ours.setCurrentKey(keys.apply(i));
        StateTables.flatten(in(ours, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, tuple));
        for (StateDescriptor<? extends State, ?> descriptor : List.of(reducing, aggregating)) {
            KeyedTable<K, TimeWindow, Object> table =
                    StateTables.of(in(ours, new TimeWindow(0, 1), new TimeWindow.Serializer(), descriptor), () -> {});
            table.byNamespace();
        }
    }

    /** A step for a key. */
    Step<K> step(K key) {
        int x = random.nextInt(100);
        int n = random.nextInt(4);
        TimeWindow window = new TimeWindow(10L * n, 10L * n + 10);
        return switch (random.nextInt(20)) {
            case 0 -> b -> voidValue(b).update(new ArrayList<>(List.of(x)));
            case 1, 2 ->
                // A value read is the stored one: changing it changes the state.
                b -> {
                    List<Integer> stored = voidValue(b).value();
                    if (stored != null) {
                        stored.add(x);
                    }
                };
            case 3 -> b -> voidValue(b).clear();
            case 4 ->
                b -> in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, tuple)
                        .update(Tuple2.of((long) x, n));
            case 5 -> b -> in(b, n, IntSerializer.INSTANCE, list).add("x" + x);
            case 6 -> b -> in(b, n, IntSerializer.INSTANCE, list).update(x < 30 ? List.of() : List.of("a", "b" + x));
            case 7, 8 -> b -> voidMap(b).put(x % 8, "v" + x);
            case 9 -> b -> voidMap(b).remove(x % 8);
            case 10 ->
                b -> {
                    for (Map.Entry<Integer, String> entry : voidMap(b).entries()) {
                        entry.setValue(entry.getValue() + x);
                    }
                };
            case 11 -> b -> in(b, window, new TimeWindow.Serializer(), reducing).add((long) x);
            case 12 ->
                b -> in(b, window, new TimeWindow.Serializer(), aggregating).add(x);
            case 13 -> {
                StateDescriptor<? extends State, ?> cleared = x < 50 ? aggregating : reducing;
                yield b -> in(b, window, new TimeWindow.Serializer(), cleared).clear();
            }
            case 14 ->
                b -> in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, ttlValue)
                        .update("t" + x);
            case 15 ->
                b -> in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, ttlList)
                        .add("t" + x);
            case 16 ->
                b -> in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, ttlMap)
                        .put("k" + n, (long) x);
            case 17, 18 -> b -> changeNumbers(in(b, n, IntSerializer.INSTANCE, numbers), x);
            default -> {
                TimerHeapInternalTimer<K, TimeWindow> timer = new TimerHeapInternalTimer<>(x, key, window);
                yield random.nextInt(3) > 0
                        ? b -> timers(b).add(timer)
                        : b -> timers(b).remove(timer);
            }
        };
    }

    /** A list read is the stored one, as a value is. */
    private static void changeNumbers(ListState<Integer> numbers, int x) throws Exception {
        Iterable<Integer> stored = numbers.get();
        switch (x % 4) {
            case 0 -> numbers.addAll(List.of(x, -x));
            case 1 -> numbers.add(x);
            case 2 -> numbers.update(x < 30 ? List.of() : List.of(x, x + 1, x + 2));
            default -> {
                if (stored instanceof List<Integer> list && list.size() > 1) {
                    list.set(1, -x);
                    list.remove(x % list.size());
                    list.add(x % list.size(), x);
                }
            }
        }
    }

    private ValueState<List<Integer>> voidValue(AbstractKeyedStateBackend<K> b) throws Exception {
        return in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, value);
    }

    private MapState<Integer, String> voidMap(AbstractKeyedStateBackend<K> b) throws Exception {
        return in(b, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, map);
    }

    private static <K, N, S extends State> S in(
            AbstractKeyedStateBackend<K> backend,
            N namespace,
            TypeSerializer<N> serializer,
            StateDescriptor<S, ?> descriptor)
            throws Exception {
        S state = backend.getPartitionedState(namespace, serializer, descriptor);
        if (state instanceof InternalKvState<?, ?, ?>) {
            @SuppressWarnings("unchecked")
            InternalKvState<K, N, ?> internal = (InternalKvState<K, N, ?>) state;
            internal.setCurrentNamespace(namespace);
        }
        return state;
    }

    private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<K, TimeWindow>> timers(
            AbstractKeyedStateBackend<K> backend) {
        return backend.create(TIMERS, new TimerSerializer<>(keySerializer, new TimeWindow.Serializer()), true);
    }

    /** All that users of a backend see in it, and how many entries that takes, where TTL has not just expired some. */
    Map<String, String> contents(AbstractKeyedStateBackend<K> backend) throws Exception {
        Map<String, String> contents = new TreeMap<>();
        for (StateDescriptor<? extends State, ?> descriptor : List.of(value, tuple, map, ttlValue, ttlList, ttlMap)) {
            add(contents, backend, VoidNamespaceSerializer.INSTANCE, descriptor);
        }
        add(contents, backend, IntSerializer.INSTANCE, list);
        add(contents, backend, IntSerializer.INSTANCE, numbers);
        add(contents, backend, new TimeWindow.Serializer(), reducing);
        add(contents, backend, new TimeWindow.Serializer(), aggregating);
        try (CloseableIterator<TimerHeapInternalTimer<K, TimeWindow>> all =
                timers(backend).iterator()) {
            all.forEachRemaining(timer -> contents.put("timer " + timer, ""));
        }
        return contents;
    }

    private static <K, N> void add(
            Map<String, String> contents,
            AbstractKeyedStateBackend<K> backend,
            TypeSerializer<N> namespaces,
            StateDescriptor<? extends State, ?> descriptor)
            throws Exception {
        List<Tuple2<K, N>> places =
                backend.<N>getKeysAndNamespaces(descriptor.getName()).toList();
        for (Tuple2<K, N> place : places) {
            backend.setCurrentKey(place.f0);
            State state = in(backend, place.f1, namespaces, descriptor);
            String shown = shown(state);
            if (!shown.isEmpty()) {
                contents.put(descriptor.getName() + " " + place, shown);
            }
        }
    }

    private static String shown(State state) throws Exception {
        if (state instanceof MapState<?, ?> map) {
            TreeSet<String> entries = new TreeSet<>();
            map.entries().forEach(entry -> entries.add(entry.getKey() + "=" + entry.getValue()));
            return entries.isEmpty() ? "" : entries.toString();
        }
        if (state instanceof ListState<?> list) {
            List<String> elements = new ArrayList<>();
            Iterable<?> all = list.get();
            if (all != null) {
                all.forEach(element -> elements.add(element.toString()));
            }
            return elements.isEmpty() ? "" : elements.toString();
        }
        Object value = state instanceof ValueState<?> single
                ? single.value()
                : ((InternalAppendingState<?, ?, ?, ?, ?>) state).get();
        return value == null ? "" : value.toString();
    }

    /** Keeps all values, in an accumulator that is changed in place. */
    private static final class Collecting implements AggregateFunction<Integer, List<Integer>, List<Integer>> {
        private static final long serialVersionUID = 1L;

        @Override
        public List<Integer> createAccumulator() {
            return new ArrayList<>();
        }

        @Override
        public List<Integer> add(Integer added, List<Integer> accumulator) {
            accumulator.add(added);
            return accumulator;
        }

        @Override
        public List<Integer> getResult(List<Integer> accumulator) {
            return accumulator;
        }

        @Override
        public List<Integer> merge(List<Integer> a, List<Integer> b) {
            a.addAll(b);
            return a;
        }
    }
}

package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.rocksdb.tiered.HeapQuota;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalMergingState;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random operations on every kind of state, on our backend and on Flink's, which must agree after each of them. */
final class KeyedStateDifferentialTest {

    private static final int KEYS = 40;
    private static final int NAMESPACES = 6;
    private static final int OPERATIONS = 20_000;

    /** No cache above RocksDB, one that keeps nothing, small ones, and one that keeps all. */
    private static final long[] CACHES = {-1, 0, 2_000, 20_000, 1 << 30};

    /** What ours in two tiers may have on the heap: everything, a part, less, nothing. */
    private static final long[] HEAPS = {1 << 30, 20_000, 5_000, 0};

    /** An operation that is run on one of the backends; its result is compared. */
    private interface Operation<K> {
        Object on(AbstractKeyedStateBackend<K> backend) throws Exception;
    }

    @ParameterizedTest
    @CsvSource({"1,false,false", "2,true,false", "3,false,true", "4,true,true", "5,true,true"})
    void everyKindAgreesWithFlink(long seed, boolean namespaces, boolean ttl) throws Exception {
        run(seed, new Keys<>(StringSerializer.INSTANCE, i -> "key-" + i), namespaces, ttl);
    }

    // Half of the keys share their hash code with another one: that of x is that of ~x.
    @ParameterizedTest
    @CsvSource({"11,false,false", "12,true,false", "13,false,true", "14,true,true"})
    void everyKindAgreesWithFlinkOnLongKeys(long seed, boolean namespaces, boolean ttl) throws Exception {
        run(
                seed,
                new Keys<>(LongSerializer.INSTANCE, i -> i % 2 == 0 ? (long) i << 30 : ~((i - 1L) << 30)),
                namespaces,
                ttl);
    }

    @ParameterizedTest
    @CsvSource({"21,false,false", "22,true,false", "23,false,true", "24,true,true"})
    void everyKindAgreesWithFlinkOnIntegerKeys(long seed, boolean namespaces, boolean ttl) throws Exception {
        run(seed, new Keys<>(IntSerializer.INSTANCE, i -> i - KEYS / 2), namespaces, ttl);
    }

    @ParameterizedTest
    @CsvSource({
        "31,false,false", "32,true,false", "33,false,true", "34,true,true",
        "35,false,false", "36,true,false", "37,false,true", "38,true,true"
    })
    void everyKindAgreesWithFlinksRocksDb(long seed, boolean namespaces, boolean ttl, @TempDir Path databases)
            throws Exception {
        run(seed, new Keys<>(StringSerializer.INSTANCE, i -> "key-" + i), namespaces, ttl, databases);
        run(-seed, new Keys<>(LongSerializer.INSTANCE, i -> i - KEYS / 2L), namespaces, ttl, databases);
    }

    /** Beside Flink's heap, of which a part, some key groups or all are in RocksDB in ours. */
    @ParameterizedTest
    @CsvSource({
        "41,false,false", "42,true,false", "43,false,true", "44,true,true",
        "45,false,false", "46,true,false", "47,false,true", "52,true,true"
    })
    void everyKindInTwoTiersAgreesWithFlinksHeap(long seed, boolean namespaces, boolean ttl, @TempDir Path databases)
            throws Exception {
        HeapQuota heap = new HeapQuota(HEAPS[(int) (seed / 2 % HEAPS.length)]);
        run(seed, new Keys<>(StringSerializer.INSTANCE, i -> "key-" + i), namespaces, ttl, databases, heap);
        run(-seed, new Keys<>(LongSerializer.INSTANCE, i -> i - KEYS / 2L), namespaces, ttl, databases, heap);
    }

    private static <K> void run(long seed, Keys<K> keys, boolean namespaces, boolean ttl) throws Exception {
        run(seed, keys, namespaces, ttl, null);
    }

    private static <K> void run(long seed, Keys<K> keys, boolean namespaces, boolean ttl, Path databases)
            throws Exception {
        run(seed, keys, namespaces, ttl, databases, null);
    }

    private static <K> void run(
            long seed, Keys<K> keys, boolean namespaces, boolean ttl, Path databases, HeapQuota heap) throws Exception {
        if (!namespaces) {
            new Run<>(
                            seed,
                            keys,
                            VoidNamespaceSerializer.INSTANCE,
                            i -> VoidNamespace.INSTANCE,
                            1,
                            ttl,
                            databases,
                            heap)
                    .run();
        } else if (databases == null) {
            new Run<>(seed, keys, IntSerializer.INSTANCE, Function.identity(), NAMESPACES, ttl, null, null).run();
        } else {
            // of no fixed size, as keys that are strings
            new Run<>(seed, keys, StringSerializer.INSTANCE, i -> "n".repeat(i), NAMESPACES, ttl, databases, heap)
                    .run();
        }
    }

    private record Keys<K>(TypeSerializer<K> serializer, IntFunction<K> of) {}

    private static final class Run<K, N> {
        private final long seed;
        private final Random random;
        private final TypeSerializer<N> namespaceSerializer;
        private final Function<Integer, N> namespaceOf;
        private final int namespaces;
        private final boolean rocks;
        private final boolean tiered;
        private final Keys<K> keys;
        private final BackendPair<K> pair;
        private final ValueStateDescriptor<List<Integer>> value =
                new ValueStateDescriptor<>("value", new ListSerializer<>(IntSerializer.INSTANCE));
        private final ListStateDescriptor<String> list = new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
        private final ListStateDescriptor<Long> numbers = new ListStateDescriptor<>("numbers", LongSerializer.INSTANCE);
        private final MapStateDescriptor<Integer, String> map =
                new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE);
        private final ReducingStateDescriptor<Long> reducing =
                new ReducingStateDescriptor<>("reducing", (a, b) -> 31 * a + b, LongSerializer.INSTANCE);
        private final AggregatingStateDescriptor<Integer, List<Integer>, String> aggregating =
                new AggregatingStateDescriptor<>(
                        "aggregating", new Collecting(), new ListSerializer<>(IntSerializer.INSTANCE));
        private K key;
        private N namespace;

        Run(
                long seed,
                Keys<K> keys,
                TypeSerializer<N> namespaceSerializer,
                Function<Integer, N> namespaceOf,
                int namespaces,
                boolean ttl,
                Path databases,
                HeapQuota heap)
                throws Exception {
            this.seed = seed;
            this.random = new Random(seed);
            this.keys = keys;
            this.key = keys.of().apply(0);
            this.namespaceSerializer = namespaceSerializer;
            this.namespaceOf = namespaceOf;
            this.namespaces = namespaces;
            this.namespace = namespaceOf.apply(0);
            long cacheBytes = CACHES[random.nextInt(CACHES.length)];
            BackendPair.Shape<K> shape = new BackendPair.Shape<>(keys.serializer(), 16, databases).caching(cacheBytes);
            this.pair =
                    new BackendPair<>(heap == null ? shape : shape.tiered(databases, heap), KeyGroupRange.of(0, 15));
            this.rocks = databases != null;
            this.tiered = heap != null;
            if (ttl) {
                StateTtlConfig config = StateTtlConfig.newBuilder(Duration.ofMillis(50))
                        .setUpdateType(
                                random.nextBoolean()
                                        ? StateTtlConfig.UpdateType.OnReadAndWrite
                                        : StateTtlConfig.UpdateType.OnCreateAndWrite)
                        .cleanupIncrementally(3, random.nextBoolean())
                        .build();
                for (StateDescriptor<?, ?> descriptor : List.of(value, list, numbers, map, reducing, aggregating)) {
                    descriptor.enableTimeToLive(config);
                }
            }
        }

        void run() throws Exception {
            try (pair) {
                pair.setCurrentKey(key);
                for (StateDescriptor<? extends State, ?> each :
                        List.of(value, list, numbers, map, reducing, aggregating)) {
                    compare("registration", b -> state(b, each) == null);
                }
                for (int i = 0; i < OPERATIONS; i++) {
                    if (random.nextInt(3) == 0) {
                        key = keys.of().apply(random.nextInt(KEYS));
                        namespace = namespaceOf.apply(random.nextInt(namespaces));
                        pair.setCurrentKey(key);
                        pair.clock.millis += random.nextInt(5);
                    }
                    String name = "seed=" + seed + " operation=" + i;
                    compare(name, operation());
                    if (i % 500 == 0) {
                        compareAll(name);
                    }
                }
                compareAll("seed=" + seed + " at the end");
            }
        }

        private void compare(String name, Operation<K> operation) throws Exception {
            Object theirs = outcome(operation, pair.flinks);
            Object result = outcome(operation, pair.ours);
            if (!Objects.equals(result, theirs)) {
                assertThat(result).as(name).isEqualTo(theirs);
            }
        }

        private Object outcome(Operation<K> operation, AbstractKeyedStateBackend<K> backend) {
            try {
                return operation.on(backend);
            } catch (NullPointerException e) {
                // what the JVM says of a serializer's null comes and goes
                return rocks ? e.getClass() : e.getClass() + ": " + e.getMessage();
            } catch (Exception e) {
                return e.getClass() + ": " + e.getMessage();
            }
        }

        private Operation<K> operation() {
            return switch (random.nextInt(5)) {
                case 0 -> onValue();
                case 1 -> random.nextBoolean() ? onList(list, i -> "x" + i) : onList(numbers, i -> (long) i << 40);
                case 2 -> onMap();
                case 3 -> onReducing();
                default -> onAggregating();
            };
        }

        private <S extends State> S state(AbstractKeyedStateBackend<K> backend, StateDescriptor<S, ?> descriptor)
                throws Exception {
            return backend.getPartitionedState(namespace, namespaceSerializer, descriptor);
        }

        private Operation<K> onValue() {
            int x = random.nextInt(100);
            return switch (random.nextInt(6)) {
                case 0 ->
                    b -> {
                        state(b, value).update(new ArrayList<>(List.of(x)));
                        return null;
                    };
                case 1 ->
                    b -> {
                        state(b, value).update(null);
                        return null;
                    };
                case 2 ->
                    // A value read is the stored one: changing it changes the state.
                    b -> {
                        List<Integer> stored = state(b, value).value();
                        if (stored != null) {
                            stored.add(x);
                        }
                        return null;
                    };
                case 3 ->
                    b -> {
                        state(b, value).clear();
                        return null;
                    };
                default -> b -> String.valueOf(state(b, value).value());
            };
        }

        private <E> Operation<K> onList(ListStateDescriptor<E> list, IntFunction<E> elements) {
            int n = random.nextInt(100);
            E x = elements.apply(n);
            return switch (random.nextInt(8)) {
                case 0, 1 ->
                    b -> {
                        state(b, list).add(x);
                        return null;
                    };
                case 2 ->
                    b -> {
                        state(b, list).addAll(List.of(x, elements.apply(n + 1)));
                        return null;
                    };
                case 3 ->
                    b -> {
                        state(b, list).update(n < 10 ? List.of() : List.of(x, x));
                        return null;
                    };
                case 4 -> merge(list);
                case 5 ->
                    b -> {
                        state(b, list).clear();
                        return null;
                    };
                case 6 ->
                    b -> {
                        state(b, list).add(null);
                        return null;
                    };
                default -> b -> elements(state(b, list).get());
            };
        }

        private Operation<K> onMap() {
            int k = random.nextInt(8);
            String x = "v" + random.nextInt(100);
            return switch (random.nextInt(12)) {
                case 0, 1, 2 ->
                    b -> {
                        state(b, map).put(k, x);
                        return null;
                    };
                case 3 ->
                    b -> {
                        state(b, map).putAll(Map.of(k, x, k + 1, "more"));
                        return null;
                    };
                case 4 ->
                    b -> {
                        state(b, map).remove(k);
                        return null;
                    };
                case 5 ->
                    b -> {
                        for (Map.Entry<Integer, String> entry : state(b, map).entries()) {
                            if (entry.getKey() % 2 == k % 2) {
                                entry.setValue(x);
                            }
                        }
                        return null;
                    };
                case 6 ->
                    b -> {
                        Iterator<Map.Entry<Integer, String>> entries =
                                state(b, map).iterator();
                        while (entries.hasNext()) {
                            if (entries.next().getKey() < k) {
                                entries.remove();
                            }
                        }
                        return null;
                    };
                // With TTL, isEmpty tells how far the clean-up has come.
                case 7 ->
                    map.getTtlConfig().isEnabled()
                            ? b -> state(b, map).contains(k)
                            : b -> state(b, map).contains(k) + " "
                                    + state(b, map).isEmpty();
                case 8 ->
                    b -> List.of(
                            ordered(state(b, map).keys()), ordered(state(b, map).values()));
                case 9 ->
                    b -> {
                        if (k == 0) {
                            state(b, map).clear();
                        }
                        return null;
                    };
                default -> b -> state(b, map).get(k);
            };
        }

        private Operation<K> onReducing() {
            long x = random.nextInt(100);
            return switch (random.nextInt(6)) {
                case 0, 1 ->
                    b -> {
                        state(b, reducing).add(x);
                        return null;
                    };
                case 2 -> merge(reducing);
                case 3 ->
                    b -> {
                        // with TTL it becomes a value that no checkpoint can have, and RocksDB neither
                        state(b, reducing).add(tiered && map.getTtlConfig().isEnabled() ? Long.valueOf(x) : null);
                        return null;
                    };
                default -> b -> state(b, reducing).get();
            };
        }

        private Operation<K> onAggregating() {
            int x = random.nextInt(100);
            return switch (random.nextInt(7)) {
                case 0, 1, 2 ->
                    b -> {
                        state(b, aggregating).add(x);
                        return null;
                    };
                case 3 -> merge(aggregating);
                case 4 ->
                    b -> {
                        state(b, aggregating).clear();
                        return null;
                    };
                default -> b -> state(b, aggregating).get();
            };
        }

        // Namespaces are merged as session windows are: some of them, the target possibly among the sources'
        // neighbours.
        @SuppressWarnings("unchecked")
        private Operation<K> merge(StateDescriptor<?, ?> descriptor) {
            int target = random.nextInt(namespaces);
            List<N> sources = new ArrayList<>();
            for (int i = 0; i < namespaces; i++) {
                if (i != target && random.nextBoolean()) {
                    sources.add(namespaceOf.apply(i));
                }
            }
            return b -> {
                State state = state(b, (StateDescriptor<? extends State, ?>) descriptor);
                InternalMergingState<K, N, ?, ?, ?> merging = (InternalMergingState<K, N, ?, ?, ?>) state;
                if (descriptor.getTtlConfig().isEnabled()) {
                    // merging renews what has expired, unless it has been cleaned up: reading it does so
                    for (N source : sources) {
                        merging.setCurrentNamespace(source);
                        merging.get();
                    }
                    merging.setCurrentNamespace(namespaceOf.apply(target));
                    merging.get();
                    merging.setCurrentNamespace(namespace);
                }
                merging.mergeNamespaces(namespaceOf.apply(target), sources);
                return null;
            };
        }

        private void compareAll(String name) throws Exception {
            // With TTL the clean-up of expired values goes through the entries in another order.
            boolean ttl = value.getTtlConfig().isEnabled();
            for (StateDescriptor<?, ?> descriptor : List.of(value, list, numbers, map, reducing, aggregating)) {
                // an empty map is an entry on the heap only
                if (!ttl && !(tiered && descriptor.getName().equals(map.getName()))) {
                    compare(
                            name,
                            b -> sorted(b.getKeysAndNamespaces(descriptor.getName())
                                    .map(Tuple2::toString)
                                    .toList()));
                    compare(
                            name,
                            b -> sorted(b.getKeys(descriptor.getName(), namespace)
                                    .map(Object::toString)
                                    .toList()));
                }
            }
            if (!ttl && !tiered) {
                compare(name, AbstractKeyedStateBackend::numKeyValueStateEntries);
                compare(
                        name,
                        // Flink's RocksDB backend repeats keys where those of its states are not in one order
                        b -> sorted(b.getKeys(List.of("value", "map", "none", "list"), namespace)
                                .map(Object::toString)
                                .distinct()
                                .toList()));
            }
            K before = key;
            compare(name, b -> {
                Map<String, String> contents = new TreeMap<>();
                b.applyToAllKeys(namespace, namespaceSerializer, map, (k, state) -> {
                    contents.put(k.toString(), ordered(state.keys()).toString());
                });
                contents.values().removeIf("[]"::equals);
                return contents;
            });
            pair.setCurrentKey(before);
        }

        private static <T> List<T> elements(Iterable<T> iterable) {
            List<T> elements = new ArrayList<>();
            if (iterable != null) {
                iterable.forEach(elements::add);
            }
            return elements;
        }

        // With TTL, the clean-up replaces maps by smaller ones, whose order is another; so is that of bytes.
        private <T> List<T> ordered(Iterable<T> iterable) {
            List<T> elements = elements(iterable);
            if (tiered || map.getTtlConfig().isEnabled()) {
                elements.sort(Comparator.comparing(Object::toString));
            }
            return elements;
        }

        private static List<String> sorted(List<String> strings) {
            return strings.stream().sorted().toList();
        }
    }

    /** Keeps all values, in an accumulator that is changed in place. */
    private static final class Collecting implements AggregateFunction<Integer, List<Integer>, String> {
        @Override
        public List<Integer> createAccumulator() {
            return new ArrayList<>();
        }

        @Override
        public List<Integer> add(Integer value, List<Integer> accumulator) {
            accumulator.add(value);
            return accumulator;
        }

        @Override
        public String getResult(List<Integer> accumulator) {
            return Objects.toString(accumulator);
        }

        @Override
        public List<Integer> merge(List<Integer> a, List<Integer> b) {
            a.addAll(b);
            return a;
        }
    }
}

package dev.weir.rocksdb.tiered;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.ListCodec;
import dev.weir.rocksdb.MapCodec;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.tiered.TieredFixture.When;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.LongListCodec;
import dev.weir.testing.state.NumberCodec;
import dev.weir.testing.state.TextCodec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and maps whose key groups move now and then, element by element where they are stored, beside plain ones. */
final class SpilledTest {

    private static final int OPERATIONS = 3_000;
    private static final int KEYS = 30;
    private static final List<String> NAMESPACES = List.of("a", "b");

    @TempDir
    private Path directory;

    private record Place(ContractKey key, String namespace) {}

    /** A type of the maps' values. */
    private interface Values<W> {
        Codec<W> codec();

        W of(long x);

        /** Changes a value where its type allows that. */
        void change(W value, long x);
    }

    private static final class Lists implements Values<List<Long>> {
        @Override
        public Codec<List<Long>> codec() {
            return new LongListCodec();
        }

        @Override
        public List<Long> of(long x) {
            return new ArrayList<>(List.of(x));
        }

        @Override
        public void change(List<Long> value, long x) {
            value.add(x);
        }
    }

    private static final class Numbers implements Values<Number> {
        @Override
        public Codec<Number> codec() {
            return new NumberCodec();
        }

        @Override
        public Number of(long x) {
            return x;
        }

        @Override
        public void change(Number value, long x) {}
    }

    private static KeyContext<ContractKey> context(Random random) {
        int keyGroups = 1 + random.nextInt(20);
        return new KeyContext<>(new KeyGroupSpan(0, keyGroups - 1), keyGroups);
    }

    private TieredStore<ContractKey> store(Random random, KeyContext<ContractKey> context) {
        When when = random.nextInt(3) == 0 ? When.BEFORE : When.NOW_AND_THEN;
        CacheBudget cache = random.nextBoolean() ? null : new CacheBudget(random.nextInt(20_000));
        return TieredFixture.store(context, when, random, directory.resolve("store"), cache);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void mapsOfValuesThatChange(long seed) throws Exception {
        maps(seed, new Lists());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void mapsOfImmutableValues(long seed) throws Exception {
        maps(seed, new Numbers());
    }

    private <W> void maps(long seed, Values<W> values) throws Exception {
        Random random = new Random(seed);
        KeyContext<ContractKey> context = context(random);
        try (TieredStore<ContractKey> store = store(random, context)) {
            Codec<Map<String, W>> codec = new MapCodec<>(new TextCodec(), values.codec());
            TieredTable<ContractKey, String, Map<String, W>> table = store.create(new TableSpec<>(
                    "maps", null, new TextCodec(), new TieredCodec<>(codec, codec.duplicate(), false), null));
            Map<Place, Map<String, W>> model = new HashMap<>();
            for (int i = 0; i < OPERATIONS; i++) {
                ContractKey key = new ContractKey(random.nextInt(KEYS));
                context.select(key);
                // several of them before the next key: what was handed out is live until then
                for (int n = random.nextInt(5); n >= 0; n--) {
                    Place place = new Place(key, NAMESPACES.get(random.nextInt(2)));
                    Map<String, W> expected = model.computeIfAbsent(place, none -> new HashMap<>());
                    operation(random, table, place.namespace(), expected, values);
                }
            }
            store.settle();
            model.values().removeIf(Map::isEmpty);
            assertThat(contents(table, context)).as("seed %s", seed).isEqualTo(model);
        }
    }

    private static <W> void operation(
            Random random,
            TieredTable<ContractKey, String, Map<String, W>> table,
            String namespace,
            Map<String, W> expected,
            Values<W> values) {
        String userKey = "k" + random.nextInt(6);
        long x = random.nextInt(1000);
        if (!table.isStored() || random.nextInt(10) == 0) {
            ofWholeMap(random, table, namespace, expected, values, userKey, x);
            return;
        }
        SpilledMaps<ContractKey, String, String, W> maps = table.maps();
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                W value = values.of(x);
                W same = values.of(x);
                maps.put(namespace, userKey, value);
                expected.put(userKey, same);
                values.change(value, 7);
                values.change(same, 7);
            }
            case 2, 3 -> {
                W value = maps.get(namespace, userKey);
                assertThat(value).isEqualTo(expected.get(userKey));
                if (value != null) {
                    values.change(value, x);
                    values.change(expected.get(userKey), x);
                }
            }
            case 4 -> {
                maps.remove(namespace, userKey);
                expected.remove(userKey);
            }
            case 5 -> {
                assertThat(maps.contains(namespace, userKey)).isEqualTo(expected.containsKey(userKey));
                assertThat(maps.isEmpty(namespace)).isEqualTo(expected.isEmpty());
                assertThat(table.contains(namespace)).isEqualTo(!expected.isEmpty());
            }
            case 6 -> {
                TreeSet<String> keys = new TreeSet<>();
                maps.keys(namespace).forEachRemaining(keys::add);
                assertThat(keys).isEqualTo(new TreeSet<>(expected.keySet()));
            }
            default -> {
                try {
                    iterate(random, maps, namespace, expected, values);
                } catch (ConcurrentModificationException e) {
                    // of a map that is live as a whole, as on the heap
                }
            }
        }
    }

    private static <W> void iterate(
            Random random,
            SpilledMaps<ContractKey, String, String, W> maps,
            String namespace,
            Map<String, W> expected,
            Values<W> values) {
        Map<String, W> seen = new HashMap<>();
        Map<String, W> before = new HashMap<>();
        Set<String> removed = new HashSet<>();
        Iterator<Map.Entry<String, W>> entries = maps.entries(namespace);
        while (entries.hasNext()) {
            Map.Entry<String, W> entry = entries.next();
            String userKey = entry.getKey();
            if (removed.contains(userKey)) {
                continue; // may be seen, and may not come back
            }
            before.put(userKey, expected.get(userKey));
            seen.put(userKey, entry.getValue());
            long x = random.nextInt(1000);
            switch (random.nextInt(5)) {
                case 4 -> {
                    String other = "k" + random.nextInt(6);
                    if (!seen.containsKey(other)) {
                        maps.remove(namespace, other);
                        expected.remove(other);
                        removed.add(other);
                    }
                }
                case 0 -> {
                    entries.remove();
                    expected.remove(userKey);
                }
                case 1 -> {
                    entry.setValue(values.of(x));
                    expected.put(userKey, values.of(x));
                }
                case 2 -> {
                    values.change(entry.getValue(), x);
                    values.change(expected.get(userKey), x);
                }
                default -> {}
            }
        }
        assertThat(seen).isEqualTo(before);
    }

    private static <W> void ofWholeMap(
            Random random,
            TieredTable<ContractKey, String, Map<String, W>> table,
            String namespace,
            Map<String, W> expected,
            Values<W> values,
            String userKey,
            long x) {
        Map<String, W> live = table.get(namespace);
        assertThat(live == null ? Map.of() : live).isEqualTo(expected);
        if (random.nextInt(5) == 0) {
            table.remove(namespace);
            expected.clear();
        } else if (live == null) {
            live = new HashMap<>();
            live.put(userKey, values.of(x));
            expected.put(userKey, values.of(x));
            table.put(namespace, live);
        } else if (random.nextBoolean()) {
            live.put(userKey, values.of(x));
            expected.put(userKey, values.of(x));
        } else {
            live.values().forEach(value -> values.change(value, x));
            expected.values().forEach(value -> values.change(value, x));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void lists(long seed) throws Exception {
        Random random = new Random(seed);
        KeyContext<ContractKey> context = context(random);
        try (TieredStore<ContractKey> store = store(random, context)) {
            Codec<List<List<Long>>> codec = new ListCodec<>(new LongListCodec());
            TieredTable<ContractKey, String, List<List<Long>>> table = store.create(new TableSpec<>(
                    "lists", null, new TextCodec(), new TieredCodec<>(new Nested(), codec, false), null));
            Map<Place, List<List<Long>>> model = new HashMap<>();
            for (int i = 0; i < OPERATIONS; i++) {
                ContractKey key = new ContractKey(random.nextInt(KEYS));
                context.select(key);
                for (int n = random.nextInt(5); n >= 0; n--) {
                    Place place = new Place(key, NAMESPACES.get(random.nextInt(2)));
                    list(random, table, place, model);
                }
            }
            store.settle();
            model.values().removeIf(List::isEmpty);
            assertThat(contents(table, context)).as("seed %s", seed).isEqualTo(model);
        }
    }

    /** An empty list is an entry on the heap, and none elsewhere. */
    private static <E> List<E> orEmpty(@Nullable List<E> list) {
        return list == null ? List.of() : list;
    }

    private static void list(
            Random random,
            TieredTable<ContractKey, String, List<List<Long>>> table,
            Place place,
            Map<Place, List<List<Long>>> model) {
        long x = random.nextInt(1000);
        String namespace = place.namespace();
        List<List<Long>> expected = orEmpty(model.get(place));
        switch (random.nextInt(7)) {
            case 0 -> {
                table.remove(namespace);
                model.remove(place);
            }
            case 1 -> {
                List<List<Long>> live = table.get(namespace);
                assertThat(orEmpty(live)).isEqualTo(expected);
                if (live != null && !live.isEmpty()) {
                    live.get(0).add(x);
                    expected.get(0).add(x);
                }
            }
            case 2 -> assertThat(orEmpty(table.peek(place.key(), namespace))).isEqualTo(expected);
            case 3 ->
                assertThat(table.contains(namespace) || expected.isEmpty()).isTrue();
            case 4 -> {
                List<List<Long>> live = table.get(namespace);
                if (live != null) {
                    live.clear();
                    model.remove(place);
                }
            }
            default -> {
                List<Long> element = new ArrayList<>(List.of(x));
                List<List<Long>> live = table.isStored() ? null : table.get(namespace);
                if (table.isStored()) {
                    table.<List<Long>>lists().append(namespace, List.of(element));
                } else if (live == null) {
                    table.put(namespace, new ArrayList<>(List.of(element)));
                } else {
                    live.add(element);
                }
                element.add(9L);
                model.computeIfAbsent(place, none -> new ArrayList<>()).add(new ArrayList<>(List.of(x, 9L)));
            }
        }
    }

    private static boolean isEmpty(@Nullable Object value) {
        return (value instanceof Map<?, ?> map && map.isEmpty()) || (value instanceof List<?> list && list.isEmpty());
    }

    /** By iteration, and by cut. */
    private static <V> Map<Place, @Nullable V> contents(
            TieredTable<ContractKey, String, V> table, KeyContext<ContractKey> context) {
        Map<Place, @Nullable V> iterated = new HashMap<>();
        table.entries().forEachRemaining(e -> iterated.put(new Place(e.key(), e.namespace()), e.value()));
        Map<Place, @Nullable V> cutOut = new HashMap<>();
        try (TableCut<ContractKey, String, V> cut = table.cut()) {
            for (int keyGroup = 0; keyGroup <= context.span().last(); keyGroup++) {
                cut.entries(keyGroup).forEachRemaining(e -> cutOut.put(new Place(e.key(), e.namespace()), e.value()));
            }
        }
        // an empty list or map is an entry on the heap, and none elsewhere
        iterated.values().removeIf(SpilledTest::isEmpty);
        cutOut.values().removeIf(SpilledTest::isEmpty);
        assertThat(cutOut).isEqualTo(iterated);
        return iterated;
    }

    /** Lists of lists, as bytes of their own. */
    private static final class Nested implements Codec<List<List<Long>>> {
        private final LongListCodec elements = new LongListCodec();

        @Override
        public void write(List<List<Long>> value, java.io.DataOutput out) throws java.io.IOException {
            out.writeInt(value.size());
            for (List<Long> element : value) {
                elements.write(element, out);
            }
        }

        @Override
        public List<List<Long>> read(java.io.DataInput in) throws java.io.IOException {
            List<List<Long>> read = new ArrayList<>();
            for (int rest = in.readInt(); rest > 0; rest--) {
                read.add(elements.read(in));
            }
            return read;
        }

        @Override
        public List<List<Long>> copy(List<List<Long>> value) {
            List<List<Long>> copy = new ArrayList<>();
            value.forEach(element -> copy.add(new ArrayList<>(element)));
            return copy;
        }

        @Override
        public boolean isImmutable() {
            return false;
        }

        @Override
        public Codec<List<List<Long>>> duplicate() {
            return new Nested();
        }
    }
}

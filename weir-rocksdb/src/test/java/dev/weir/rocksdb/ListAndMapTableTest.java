package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.TableEntry;
import dev.weir.testing.state.ContractKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists that are appended to and maps of which entries are changed, beside plain ones. */
final class ListAndMapTableTest {

    private static final int OPERATIONS = 5_000;
    private static final int KEYS = 20;
    private static final List<String> NAMESPACES = List.of("", "a", "b", "a longer name of a namespace");

    private record At(ContractKey key, String namespace) {}

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7})
    void listsGrowAndAreMerged(long seed) throws Exception {
        Random random = new Random(seed);
        Map<At, List<Number>> model = new HashMap<>();
        try (StoreFixture fixture = new StoreFixture(directory, seed == 1 ? 200 : 16, StoreFixture.cache(seed))) {
            ListTable<ContractKey, String, Number> table = fixture.lists();
            for (int i = 0; i < OPERATIONS; i++) {
                At at = random(random);
                fixture.context.select(at.key());
                switch (random.nextInt(6)) {
                    case 0, 1, 2 -> {
                        List<Number> added = List.of(random.nextLong(), (double) i);
                        table.append(at.namespace(), added);
                        model.computeIfAbsent(at, a -> new ArrayList<>()).addAll(added);
                    }
                    case 3 -> {
                        table.put(at.namespace(), List.of(i));
                        model.put(at, new ArrayList<>(List.of((long) i)));
                    }
                    case 4 -> merge(table, model, at);
                    default -> {
                        table.remove(at.namespace());
                        model.remove(at);
                    }
                }
                // what is not read is appended to unread
                if (random.nextBoolean()) {
                    assertThat(table.get(at.namespace())).as("operation %d", i).isEqualTo(model.get(at));
                }
                if (random.nextInt(500) == 0) {
                    assertThat(contents(table.entries())).as("operation %d", i).isEqualTo(model);
                }
            }
            assertThat(contents(table.entries())).isEqualTo(model);
        }
    }

    private static void merge(ListTable<ContractKey, String, Number> table, Map<At, List<Number>> model, At target) {
        List<String> sources = new ArrayList<>(NAMESPACES);
        sources.remove(target.namespace());
        table.merge(target.namespace(), sources);
        for (String source : sources) {
            List<Number> moved = model.remove(new At(target.key(), source));
            if (moved != null) {
                model.computeIfAbsent(target, a -> new ArrayList<>()).addAll(moved);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7})
    void mapsAreChangedEntryByEntry(long seed) throws Exception {
        Random random = new Random(seed);
        Map<At, Map<String, Number>> model = new HashMap<>();
        try (StoreFixture fixture = new StoreFixture(directory, seed == 1 ? 200 : 16, StoreFixture.cache(seed))) {
            MapTable<ContractKey, String, String, Number> table = fixture.maps();
            for (int i = 0; i < OPERATIONS; i++) {
                At at = random(random);
                fixture.context.select(at.key());
                Map<String, Number> expected = model.computeIfAbsent(at, a -> new TreeMap<>());
                // long maps take several pages to iterate over
                String userKey = "key " + random.nextInt(at.key().id() == 0 ? 1_000 : 10);
                switch (random.nextInt(6)) {
                    case 0, 1, 2 -> {
                        Long value = random.nextInt(5) == 0 ? null : random.nextLong();
                        table.put(at.namespace(), userKey, value);
                        expected.put(userKey, value);
                    }
                    case 3 -> {
                        table.remove(at.namespace(), userKey);
                        expected.remove(userKey);
                    }
                    case 4 -> changeByIterator(table.entries(at.namespace()), expected, random);
                    default -> {
                        if (random.nextInt(10) == 0) {
                            table.remove(at.namespace());
                            expected.clear();
                        }
                    }
                }
                assertThat(table.get(at.namespace(), userKey)).isEqualTo(expected.get(userKey));
                assertThat(table.contains(at.namespace(), userKey)).isEqualTo(expected.containsKey(userKey));
                assertThat(table.contains(at.namespace())).isEqualTo(!expected.isEmpty());
            }
            model.values().removeIf(Map::isEmpty);
            assertThat(contents(table.entries())).isEqualTo(model);
            assertThat(table.size()).isEqualTo(model.size());
        }
    }

    private static void changeByIterator(
            Iterator<Map.Entry<String, Number>> entries, Map<String, Number> expected, Random random) {
        Map<String, Number> seen = new HashMap<>();
        Map<String, Number> before = new HashMap<>(expected);
        while (entries.hasNext()) {
            Map.Entry<String, Number> entry = entries.next();
            seen.put(entry.getKey(), entry.getValue());
            switch (random.nextInt(4)) {
                case 0 -> {
                    entries.remove();
                    expected.remove(entry.getKey());
                }
                case 1 -> {
                    entry.setValue(7L);
                    expected.put(entry.getKey(), 7L);
                }
                default -> {}
            }
        }
        assertThat(seen).isEqualTo(before);
    }

    @Test
    void wholeMapsAreSweptAndTransformed() throws Exception {
        try (StoreFixture fixture = new StoreFixture(directory, 16)) {
            MapTable<ContractKey, String, String, Number> table = fixture.maps();
            for (int i = 0; i < KEYS; i++) {
                fixture.context.select(new ContractKey(i));
                table.put("a", Map.of("x", (long) i, "y", 0L));
            }
            table.transformAll("z", (map, added) -> {
                map.remove("y");
                map.put(added, 1L);
                return map;
            });
            table.sweep(3).removeIf(map -> true);
            assertThat(table.size()).isEqualTo(KEYS - 3);
            assertThat(contents(table.entries()).values())
                    .allSatisfy(map -> assertThat(map).containsOnlyKeys("x", "z"));
        }
    }

    private static At random(Random random) {
        return new At(new ContractKey(random.nextInt(KEYS)), NAMESPACES.get(random.nextInt(NAMESPACES.size())));
    }

    private static <V> Map<At, V> contents(Iterator<TableEntry<ContractKey, String, V>> entries) {
        Map<At, V> contents = new HashMap<>();
        entries.forEachRemaining(
                entry -> assertThat(contents.put(new At(entry.key(), entry.namespace()), entry.value()))
                        .isNull());
        return contents;
    }
}

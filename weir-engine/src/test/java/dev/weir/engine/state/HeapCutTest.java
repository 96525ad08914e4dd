package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInput;
import java.io.DataOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cut shows the table as it was, whatever happens to the table and to the objects it hands out. */
final class HeapCutTest {

    private static final int KEY_GROUPS = 4;

    private final KeyContext<Integer> context = new KeyContext<>(new KeyGroupSpan(0, KEY_GROUPS - 1), KEY_GROUPS);

    private record Place(int key, String namespace) {}

    private record Taken(HeapCut<Integer, String, List<Integer>> cut, Map<Place, List<Integer>> expected) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void cutsAreIndependentOfLaterChanges(long seed) {
        Random random = new Random(seed);
        LongKeys<Integer> longKeys = seed % 4 < 2 ? new Integers() : null;
        HeapTable<Integer, String, List<Integer>> table =
                new HeapTable<>(new TableSpec<>("t", seed % 2 == 0 ? "ns0" : null, new Lists()), context, longKeys);
        int namespaces = seed % 2 == 0 ? 1 : 3;
        Map<Place, List<Integer>> model = new HashMap<>();
        Deque<Taken> taken = new ArrayDeque<>();
        for (int i = 0; i < 5_000; i++) {
            if (i == 2_000 && seed % 3 == 0) {
                table.byNamespace();
            }
            int key = random.nextInt(60);
            String namespace = "ns" + random.nextInt(namespaces);
            Place place = new Place(key, namespace);
            context.select(key);
            switch (random.nextInt(5)) {
                case 0 -> {
                    table.put(namespace, listOf(i));
                    model.put(place, listOf(i));
                }
                case 1, 2 -> {
                    List<Integer> live = table.get(namespace);
                    if (live != null) {
                        live.add(i);
                        model.get(place).add(i);
                    }
                }
                case 3 -> {
                    table.remove(namespace);
                    model.remove(place);
                }
                default -> {
                    transform(table, namespace, i);
                    model.computeIfAbsent(place, p -> new ArrayList<>()).add(i);
                }
            }
            if (random.nextInt(50) == 0) {
                taken.add(new Taken(table.cut(), copy(model)));
            }
            if (random.nextInt(60) == 0 && !taken.isEmpty()) {
                Taken closed = random.nextBoolean() ? taken.removeFirst() : taken.removeLast();
                assertThat(contents(closed.cut()))
                        .as("seed=" + seed + " operation=" + i)
                        .isEqualTo(closed.expected());
                closed.cut().close();
            }
        }
        for (Taken open : taken) {
            assertThat(contents(open.cut())).as("seed=" + seed).isEqualTo(open.expected());
        }
    }

    /** The schedule is up to the machine, the answer is not. Many pages, so that most are changed while they are read. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCutIsReadWhileTheTableChanges(boolean byNamespace) throws Exception {
        Random random = new Random(byNamespace ? 5 : 6);
        HeapTable<Integer, String, String> table =
                new HeapTable<>(new TableSpec<>("t", null, new Strings()), context, null);
        if (byNamespace) {
            table.byNamespace();
        }
        int keys = 50_000;
        String[] model = new String[keys];
        for (int round = 0; round < 40; round++) {
            HeapCut<Integer, String, String> cut = table.cut();
            String[] expected = model.clone();
            FutureTask<String[]> reading = new FutureTask<>(() -> {
                String[] read = new String[keys];
                for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
                    cut.entries(keyGroup).forEachRemaining(entry -> read[entry.key()] = entry.value());
                }
                return read;
            });
            new Thread(reading, "reader").start();
            for (int i = 0; i < 3_000 || !reading.isDone(); i++) {
                int key = random.nextInt(keys);
                context.select(key);
                model[key] = random.nextInt(8) == 0 ? null : "value-" + round + "-" + i;
                if (model[key] == null) {
                    table.remove("ns" + key % 3);
                } else {
                    table.put("ns" + key % 3, model[key]);
                }
            }
            assertThat(Arrays.equals(reading.get(), expected))
                    .as("round=" + round)
                    .isTrue();
            cut.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void entriesSinceAnEarlierCutAreThoseWrittenOrHandedOut(boolean primitive) {
        LongKeys<Integer> longKeys = primitive ? new Integers() : null;
        HeapTable<Integer, String, List<Integer>> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new Lists()), context, longKeys);
        for (int key = 0; key < 100; key++) {
            context.select(key);
            table.put("ns", listOf(key));
        }
        HeapCut<Integer, String, List<Integer>> first = table.cut();
        context.select(3);
        table.put("ns", listOf(-3));
        context.select(4);
        table.get("ns");
        context.select(5);
        assertThat(table.contains("ns")).isTrue();
        assertThat(table.peek(6, "ns")).containsExactly(6);
        HeapCut<Integer, String, List<Integer>> second = table.cut();
        assertThat(changedKeys(second, first.version())).containsExactlyInAnyOrder(3, 4);
        assertThat(changedKeys(second, 0)).hasSize(100);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aValueIsCopiedOnlyWhileACutNeedsIt(boolean primitive) {
        LongKeys<Integer> longKeys = primitive ? new Integers() : null;
        HeapTable<Integer, String, List<Integer>> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new Lists()), context, longKeys);
        context.select(1);
        List<Integer> stored = listOf(1);
        table.put("ns", stored);
        assertThat(table.get("ns")).isSameAs(stored);
        HeapCut<Integer, String, List<Integer>> cut = table.cut();
        List<Integer> copied = table.get("ns");
        assertThat(copied).isNotSameAs(stored).isEqualTo(stored);
        assertThat(table.get("ns")).isSameAs(copied);
        cut.close();
        HeapCut<Integer, String, List<Integer>> closed = table.cut();
        closed.close();
        assertThat(table.get("ns")).isSameAs(copied);
        assertThatThrownBy(() -> closed.entries(0)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void immutableValuesAreNeverCopied(boolean primitive) {
        LongKeys<Integer> longKeys = primitive ? new Integers() : null;
        HeapTable<Integer, String, String> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new Strings()), context, longKeys);
        context.select(1);
        String stored = "value-" + context.keyGroup();
        table.put("ns", stored);
        HeapCut<Integer, String, String> cut = table.cut();
        assertThat(table.get("ns")).isSameAs(stored);
        HeapCut<Integer, String, String> later = table.cut();
        assertThat(later.entriesSince(context.keyGroup(), cut.version())).isExhausted();
    }

    private static void transform(HeapTable<Integer, String, List<Integer>> table, String namespace, int i) {
        try {
            table.transform(namespace, i, (previous, added) -> {
                List<Integer> list = previous == null ? new ArrayList<>() : previous;
                list.add(added);
                return list;
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<Integer> listOf(int i) {
        return new ArrayList<>(List.of(i));
    }

    private static Map<Place, List<Integer>> copy(Map<Place, List<Integer>> model) {
        Map<Place, List<Integer>> copy = new HashMap<>();
        model.forEach((place, value) -> copy.put(place, new ArrayList<>(value)));
        return copy;
    }

    private static Map<Place, List<Integer>> contents(HeapCut<Integer, String, List<Integer>> cut) {
        Map<Place, List<Integer>> contents = new HashMap<>();
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            Iterator<TableEntry<Integer, String, List<Integer>>> entries = cut.entries(keyGroup);
            int before = contents.size();
            while (entries.hasNext()) {
                TableEntry<Integer, String, List<Integer>> entry = entries.next();
                contents.put(new Place(entry.key(), entry.namespace()), entry.value());
                assertThat(KeyGroups.assign(entry.key(), KEY_GROUPS)).isEqualTo(keyGroup);
            }
            assertThat(cut.size(keyGroup)).isEqualTo(contents.size() - before);
        }
        return contents;
    }

    private static Set<Integer> changedKeys(HeapCut<Integer, String, List<Integer>> cut, int version) {
        Set<Integer> keys = new HashSet<>();
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            cut.entriesSince(keyGroup, version).forEachRemaining(entry -> keys.add(entry.key()));
        }
        return keys;
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

    private static final class Lists implements Codec<List<Integer>> {
        @Override
        public void write(List<Integer> value, DataOutput out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Integer> read(DataInput in) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Integer> copy(List<Integer> value) {
            return new ArrayList<>(value);
        }

        @Override
        public boolean isImmutable() {
            return false;
        }

        @Override
        public Codec<List<Integer>> duplicate() {
            return this;
        }
    }

    /** Strings that are never copied nor written. */
    static final class Strings implements Codec<String> {
        @Override
        public void write(String value, DataOutput out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String read(DataInput in) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String copy(String value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isImmutable() {
            return true;
        }

        @Override
        public Codec<String> duplicate() {
            return this;
        }
    }
}

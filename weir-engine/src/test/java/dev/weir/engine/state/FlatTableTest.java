package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInput;
import java.io.DataOutput;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that keeps mutable values as words, for users who store what they change. */
final class FlatTableTest {

    private static final int KEY_GROUPS = 4;
    private static final KeyGroupSpan SPAN = new KeyGroupSpan(0, KEY_GROUPS - 1);

    private final KeyContext<Integer> context = new KeyContext<>(SPAN, KEY_GROUPS);

    private record Place(int key, String namespace) {}

    private record Taken(HeapCut<Integer, String, Pair> cut, Map<Place, @Nullable String> expected) {}

    @ParameterizedTest
    @ValueSource(
            longs = {
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
                29, 30, 31, 32
            })
    void agreesWithAMapAndLeavesCutsAlone(long seed) throws Exception {
        Random random = new Random(seed);
        boolean oneNamespace = seed % 2 == 0;
        PairWords words = new PairWords(seed % 32 >= 16);
        HeapTable<Integer, String, Pair> table = new HeapTable<>(
                new TableSpec<>("t", oneNamespace ? "ns0" : null, new Pairs(), seed % 8 < 4 ? words : null),
                context,
                seed % 4 < 2 ? new Integers() : null);
        Map<Place, @Nullable String> model = new HashMap<>();
        Deque<Taken> taken = new ArrayDeque<>();
        int misfits = random.nextInt(3);
        for (int i = 0; i < 6_000; i++) {
            Place place = new Place(random.nextInt(80), "ns" + random.nextInt(oneNamespace ? 1 : 3));
            context.select(place.key());
            String as = "seed=" + seed + " operation=" + i;
            if (i == 2_000) {
                table.flatten(words);
            }
            if (i == 3_000 && seed % 3 == 0) {
                table.byNamespace();
            }
            boolean misfit = i > 4_000 && random.nextInt(1_000) < misfits;
            switch (random.nextInt(6)) {
                case 0 -> {
                    table.put(place.namespace(), misfit ? new Odd(i) : new Pair(i, -i));
                    model.put(place, misfit ? "odd" + i : i + "," + -i);
                }
                case 1, 2 -> {
                    table.transform(place.namespace(), (long) i, FlatTableTest::added);
                    String before = model.get(place);
                    model.put(place, before == null ? i + ",1" : addedTo(before, i));
                }
                case 3 -> {
                    Pair removed = table.removeAndGet(place.namespace());
                    assertThat(String.valueOf(removed)).as(as).isEqualTo(String.valueOf(model.remove(place)));
                }
                case 4 -> {
                    Pair value = table.peek(place.key(), place.namespace());
                    assertThat(String.valueOf(value)).as(as).isEqualTo(String.valueOf(model.get(place)));
                }
                default -> {
                    Pair value = table.get(place.namespace());
                    assertThat(String.valueOf(value)).as(as).isEqualTo(String.valueOf(model.get(place)));
                    assertThat(table.contains(place.namespace())).isEqualTo(value != null);
                }
            }
            if (random.nextInt(50) == 0) {
                taken.add(new Taken(table.cut(), new HashMap<>(model)));
            }
            if (random.nextInt(60) == 0 && !taken.isEmpty()) {
                Taken closed = random.nextBoolean() ? taken.removeFirst() : taken.removeLast();
                assertThat(contents(closed.cut())).as(as).isEqualTo(closed.expected());
                closed.cut().close();
            }
        }
        for (Taken open : taken) {
            assertThat(contents(open.cut())).as("seed=" + seed).isEqualTo(open.expected());
        }
        assertThat(contents(table.entries())).as("seed=" + seed).isEqualTo(model);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void placesOfKeysThatComeAreReadOnceTheTableIsLarge(int kind) {
        KeyContext<Integer> some = new KeyContext<>(new KeyGroupSpan(1, 2), KEY_GROUPS);
        HeapTable<Integer, String, Pair> table = new HeapTable<>(
                new TableSpec<>("t", kind < 4 ? "ns" : null, new Pairs(), kind % 2 == 0 ? new PairWords(false) : null),
                some,
                kind % 4 < 2 ? new Integers() : null);
        int[] hashes = new int[60_000];
        int small = 0;
        int placed = 0;
        if (kind >= 4) {
            table.byNamespace();
        }
        for (int key = 0; key < hashes.length; key++) {
            hashes[key] = Integer.hashCode(-key);
            small += touch(table, some, hashes, key, key + 1) == 0 && key < 100 ? 1 : 0;
            if (some.span().contains(KeyGroups.assign(hashes[key], KEY_GROUPS))) {
                some.select(-key);
                table.put("ns", new Pair(key, key));
                placed++;
            }
        }
        assertThat(small).isEqualTo(100);

        int read = 0;
        for (int key = 0; key < hashes.length; key++) {
            boolean present = some.span().contains(KeyGroups.assign(hashes[key], KEY_GROUPS));
            read += present && touch(table, some, hashes, key, key + 1) != 0 ? 1 : 0;
        }
        assertThat(read).isEqualTo(placed).isPositive();
        assertThat(table.size()).isEqualTo(placed);
        touch(table, some, hashes, 0, hashes.length);
        table.release();
        assertThat(touch(table, some, hashes, 0, hashes.length)).isZero();
    }

    private static long touch(HeapTable<?, ?, ?> table, KeyContext<?> context, int[] keyHashes, int from, int to) {
        ExpectedKeys keys = new ExpectedKeys(context);
        keys.set(keyHashes, from, to);
        return table.touch(keys);
    }

    @Test
    void aReadChangesNothing() {
        HeapTable<Integer, String, Pair> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new Pairs(), new PairWords(false)), context, new Integers());
        context.select(1);
        Pair stored = new Pair(1, 2);
        table.put("ns", stored);
        stored.sum = 7;
        HeapCut<Integer, String, Pair> first = table.cut();
        Pair read = table.get("ns");
        assertThat(read).hasToString("1,2");
        read.sum = 7;
        assertThat(table.get("ns")).hasToString("1,2");
        HeapCut<Integer, String, Pair> second = table.cut();
        assertThat(second.entriesSince(context.keyGroup(), first.version())).isExhausted();
        table.put("ns", read);
        HeapCut<Integer, String, Pair> third = table.cut();
        assertThat(third.entriesSince(context.keyGroup(), second.version()))
                .toIterable()
                .hasSize(1);
        assertThat(contents(first)).containsExactly(Map.entry(new Place(1, "ns"), "1,2"));
    }

    @Test
    void aReleasedStoreHasNothingAndItsCutsAllTheyHad() {
        HeapStore<Integer> store = new HeapStore<>(context, new Integers());
        HeapTable<Integer, String, Pair> table =
                store.create(new TableSpec<>("t", "ns", new Pairs(), new PairWords(false)));
        context.select(1);
        table.put("ns", new Pair(1, 2));
        HeapCut<Integer, String, Pair> cut = table.cut();
        store.close();
        assertThat(table.get("ns")).hasToString("1,2");
        store.release();
        assertThat(table.size()).isZero();
        assertThat(contents(cut)).containsExactly(Map.entry(new Place(1, "ns"), "1,2"));
        cut.close();
    }

    @Test
    void oneValueThatIsNoWordsKeepsItsKeyGroupInObjects() {
        HeapTable<Integer, String, Pair> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new Pairs()), context, new Integers());
        context.select(1);
        Pair odd = new Odd(1);
        table.put("ns", odd);
        table.flatten(new PairWords(false));
        assertThat(table.get("ns")).isSameAs(odd);
        table.put("ns", null);
        assertThat(table.contains("ns")).isTrue();
        assertThat(table.get("ns")).isNull();
    }

    private static Pair added(@Nullable Pair previous, long added) {
        if (previous == null) {
            return new Pair(added, 1);
        }
        previous.sum += added;
        previous.count++;
        return previous;
    }

    /** What {@link #added} makes of a pair, in text. */
    private static String addedTo(String pair, long added) {
        if (pair.startsWith("odd")) {
            return pair;
        }
        String[] parts = pair.split(",");
        return (Long.parseLong(parts[0]) + added) + "," + (Long.parseLong(parts[1]) + 1);
    }

    private static Map<Place, @Nullable String> contents(HeapCut<Integer, String, Pair> cut) {
        Map<Place, @Nullable String> contents = new HashMap<>();
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            contents.putAll(contents(cut.entries(keyGroup)));
        }
        return contents;
    }

    private static Map<Place, @Nullable String> contents(Iterator<TableEntry<Integer, String, Pair>> entries) {
        Map<Place, @Nullable String> contents = new HashMap<>();
        while (entries.hasNext()) {
            TableEntry<Integer, String, Pair> entry = entries.next();
            contents.put(new Place(entry.key(), entry.namespace()), String.valueOf(entry.value()));
        }
        return contents;
    }

    static class Pair {
        long sum;
        long count;

        Pair(long sum, long count) {
            this.sum = sum;
            this.count = count;
        }

        @Override
        public String toString() {
            return sum + "," + count;
        }
    }

    /** Has more to say than two words. */
    private static final class Odd extends Pair {
        private final String name;

        Odd(int i) {
            super(0, 0);
            this.name = "odd" + i;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A pair as two words, or as a word and a part, which is any object here. */
    private record PairWords(boolean hasPart) implements FlatValues<Pair> {
        @Override
        public int words() {
            return hasPart ? 1 : 2;
        }

        @Override
        public boolean fits(Object value) {
            return value.getClass() == Pair.class;
        }

        @Override
        public void write(Pair value, long[] to, int at) {
            to[at] = value.sum;
            if (!hasPart) {
                to[at + 1] = value.count;
            }
        }

        @Override
        public @Nullable Object part(Pair value) {
            return hasPart && value.count != 0 ? (Long) value.count : null;
        }

        @Override
        public Pair read(long[] from, int at, @Nullable Object part) {
            return new Pair(from[at], !hasPart ? from[at + 1] : part == null ? 0 : (Long) part);
        }
    }

    static final class Integers implements LongKeys<Integer> {
        @Override
        public long toLong(Integer key) {
            return key;
        }

        @Override
        public Integer fromLong(long key) {
            return (int) key;
        }
    }

    static final class Pairs implements Codec<Pair> {
        @Override
        public void write(Pair value, DataOutput out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Pair read(DataInput in) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Pair copy(Pair value) {
            return value instanceof Odd ? value : new Pair(value.sum, value.count);
        }

        @Override
        public boolean isImmutable() {
            return false;
        }

        @Override
        public Codec<Pair> duplicate() {
            return this;
        }
    }
}

package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A copy of a table at one cut, brought up to date with what has changed since, is the table at a later cut. */
class TableChangesTest {
    private static final int KEY_GROUPS = 8;
    private static final int KEYS = 4_000;
    private static final int CUTS = 60;

    private record Place(int key, String namespace) {}

    private final KeyContext<Integer> context = new KeyContext<>(new KeyGroupSpan(0, KEY_GROUPS - 1), KEY_GROUPS);

    @ParameterizedTest
    @CsvSource({"1, false, false", "2, true, false", "3, false, true", "4, true, true"})
    void aCopyFollowsTheTable(long seed, boolean oneNamespace, boolean byNamespace) {
        Random random = new Random(seed);
        HeapTable<Integer, String, String> table = new HeapTable<>(
                new TableSpec<>("t", oneNamespace ? "ns" : null, new HeapCutTest.Strings()), context, null);
        Namespaces<Integer, String, String> namespaces = byNamespace ? table.byNamespace() : null;
        table.trackChanges();
        HeapCut<Integer, String, String> first = table.cut();
        Map<Place, String> followed = contents(first);
        int followedVersion = first.version();
        // once only, and after more cuts than are told apart
        Map<Place, String> old = contents(first);
        for (int cut = 0; cut < CUTS; cut++) {
            int steps = random.nextInt(cut % 7 == 0 ? 3_000 : 30);
            for (int step = 0; step < steps; step++) {
                change(table, random, oneNamespace ? "ns" : "ns" + random.nextInt(3), "value " + cut + " " + step);
            }
            if (namespaces != null && random.nextInt(5) == 0) {
                namespaces.drop(oneNamespace ? "ns" : "ns" + random.nextInt(3));
            }
            HeapCut<Integer, String, String> present = table.cut();
            if (random.nextBoolean()) {
                follow(followed, Objects.requireNonNull(present.since(followedVersion)));
                followedVersion = present.version();
                assertThat(followed).as("cut=" + cut).isEqualTo(contents(present));
            }
            if (cut == CUTS - 1) {
                follow(old, Objects.requireNonNull(present.since(first.version())));
                assertThat(old).isEqualTo(contents(present));
            }
            present.close();
        }
        table.forgetChanges(followedVersion);
        HeapCut<Integer, String, String> last = table.cut();
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            assertThat(Objects.requireNonNull(last.since(last.version() - 1))
                            .buckets(keyGroup)
                            .isEmpty())
                    .as("nothing has changed since the cut before")
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aCutBeforeTheTableKeptTrackTellsNothing(boolean tracked) {
        HeapTable<Integer, String, String> table =
                new HeapTable<>(new TableSpec<>("t", "ns", new HeapCutTest.Strings()), context, null);
        HeapCut<Integer, String, String> before = table.cut();
        if (tracked) {
            table.trackChanges();
        }
        HeapCut<Integer, String, String> after = table.cut();
        assertThat(after.since(before.version())).isNull();
    }

    private void change(HeapTable<Integer, String, String> table, Random random, String namespace, String value) {
        context.select(random.nextInt(KEYS));
        if (random.nextInt(3) == 0) {
            table.remove(namespace);
        } else {
            table.put(namespace, value);
        }
    }

    private static void follow(Map<Place, String> copy, TableChanges<Integer, String, String> changes) {
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            int present = keyGroup;
            BitSet buckets = changes.buckets(keyGroup);
            copy.keySet()
                    .removeIf(place -> KeyGroups.assign(Integer.hashCode(place.key()), KEY_GROUPS) == present
                            && buckets.get(HashBuckets.of(Integer.hashCode(place.key()))));
            Iterator<TableEntry<Integer, String, String>> entries = changes.entries(keyGroup, buckets);
            while (entries.hasNext()) {
                TableEntry<Integer, String, String> entry = entries.next();
                copy.put(new Place(entry.key(), entry.namespace()), Objects.requireNonNull(entry.value()));
            }
        }
    }

    private static Map<Place, String> contents(HeapCut<Integer, String, String> cut) {
        Map<Place, String> contents = new HashMap<>();
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            cut.entries(keyGroup)
                    .forEachRemaining(entry -> contents.put(
                            new Place(entry.key(), entry.namespace()), Objects.requireNonNull(entry.value())));
        }
        return contents;
    }
}

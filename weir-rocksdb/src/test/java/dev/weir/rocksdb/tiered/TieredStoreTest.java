package dev.weir.rocksdb.tiered;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.tiered.TieredFixture.When;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.LongListCodec;
import dev.weir.testing.state.TextCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When and how key groups move. */
final class TieredStoreTest {

    private static final int KEY_GROUPS = 8;
    private static final int KEYS = 400;

    @TempDir
    private Path directory;

    private final KeyContext<ContractKey> context = new KeyContext<>(new KeyGroupSpan(0, KEY_GROUPS - 1), KEY_GROUPS);

    private TieredStore<ContractKey> store(HeapShare share) throws IOException {
        return new TieredStore<>(
                context,
                null,
                share,
                TieredFixture.opening(context, new ContractKeyCodec(), directory.resolve("store"), null));
    }

    private TieredStore<ContractKey> store(When when) throws IOException {
        return store(when.share(new Random(1)));
    }

    private static TieredTable<ContractKey, String, List<Long>> table(TieredStore<ContractKey> store, String name) {
        return store.create(new TableSpec<>(
                name,
                "only",
                new TextCodec(),
                new TieredCodec<>(new LongListCodec(), new LongListCodec(), true),
                null));
    }

    private void fill(TieredTable<ContractKey, String, List<Long>> table) {
        for (int i = 0; i < KEYS; i++) {
            context.select(new ContractKey(i));
            table.put("only", new ArrayList<>(List.of((long) i)));
        }
    }

    private static Map<ContractKey, List<Long>> filled() {
        Map<ContractKey, List<Long>> expected = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            expected.put(new ContractKey(i), List.of((long) i));
        }
        return expected;
    }

    private static Map<ContractKey, List<Long>> rest(Iterator<TableEntry<ContractKey, String, List<Long>>> entries) {
        Map<ContractKey, List<Long>> rest = new HashMap<>();
        entries.forEachRemaining(
                entry -> assertThat(rest.put(entry.key(), entry.value())).isNull());
        return rest;
    }

    @Test
    void thereIsNoDatabaseUntilTheQuotaIsUsedUp() throws IOException {
        HeapQuota quota = new HeapQuota(30_000);
        try (TieredStore<ContractKey> store = store(quota.join())) {
            TieredTable<ContractKey, String, List<Long>> table = table(store, "table");
            for (int i = 0; i < 100; i++) {
                context.select(new ContractKey(i));
                table.put("only", new ArrayList<>(List.of(1L)));
            }
            assertThat(directory.resolve("store")).doesNotExist();
            assertThat(store.files()).isNull();
            int atOnce = 0;
            for (int i = 0; i < 10_000; i++) {
                int before = store.stored().cardinality();
                context.select(new ContractKey(i));
                table.put("only", new ArrayList<>(List.of(1L)));
                atOnce = Math.max(atOnce, store.stored().cardinality() - before);
            }
            assertThat(atOnce).as("key groups that move at a time").isEqualTo(1);
            assertThat(directory.resolve("store")).exists();
            assertThat(store.stored().cardinality()).isEqualTo(KEY_GROUPS);
            assertThat(quota.usedBytes()).isLessThan(30_000);
            assertThat(table.size()).isEqualTo(10_000);
        }
        assertThat(quota.usedBytes()).isZero();
        assertThat(Files.exists(directory.resolve("store"))).isFalse();
    }

    @Test
    void aStoreThatTookLessThanItsPartLeavesTheHeapToOthersFirst() {
        HeapQuota quota = new HeapQuota(100);
        HeapShare large = quota.join();
        HeapShare small = quota.join();
        assertThat(large.leftBytes(95)).isPositive();
        assertThat(small.leftBytes(10)).isPositive();
        assertThat(large.leftBytes(95)).isNegative();
        assertThat(large.leftBytes(80)).isPositive();
        small.close();
        small.close();
        assertThat(quota.usedBytes()).isEqualTo(80);
    }

    @Test
    void anIterationGoesOnWhileKeyGroupsMove() throws IOException {
        try (TieredStore<ContractKey> store = store(When.NEVER)) {
            TieredTable<ContractKey, String, List<Long>> table = table(store, "table");
            fill(table);
            Iterator<TableEntry<ContractKey, String, List<Long>>> entries = table.entries();
            Map<ContractKey, List<Long>> seen = new HashMap<>();
            int moved = 0;
            for (int i = 0; entries.hasNext(); i++) {
                TableEntry<ContractKey, String, List<Long>> entry = entries.next();
                assertThat(seen.put(entry.key(), entry.value())).isNull();
                // reads of the same key, as who iterates over keys does
                context.select(entry.key());
                assertThat(table.get("only")).isEqualTo(entry.value());
                if (i % 20 == 10 && moved < KEY_GROUPS) {
                    // the one that is iterated over, those to come, those that were
                    store.move((KeyGroups.assign(entry.key().hashCode(), KEY_GROUPS) + moved * moved) % KEY_GROUPS);
                    moved++;
                }
            }
            assertThat(seen).isEqualTo(filled());
        }
    }

    @Test
    void aCutThatIsBeingReadKeepsWhatMoves() throws IOException {
        try (TieredStore<ContractKey> store = store(When.NEVER)) {
            TieredTable<ContractKey, String, List<Long>> table = table(store, "table");
            fill(table);
            store.move(0);
            try (TableCut<ContractKey, String, List<Long>> cut = table.cut()) {
                Map<ContractKey, List<Long>> seen = new HashMap<>();
                for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
                    Iterator<TableEntry<ContractKey, String, List<Long>>> entries = cut.entries(keyGroup);
                    TableEntry<ContractKey, String, List<Long>> first = entries.next();
                    seen.put(first.key(), List.copyOf(first.value()));
                    // half read, it goes, and all that is in it changes
                    store.move(keyGroup);
                    for (int i = 0; i < KEYS; i++) {
                        context.select(new ContractKey(i));
                        List<Long> value = table.get("only");
                        if (value != null) {
                            value.add(-1L);
                        }
                    }
                    entries.forEachRemaining(entry -> seen.put(entry.key(), List.copyOf(entry.value())));
                }
                assertThat(seen).isEqualTo(filled());
            }
            context.select(new ContractKey(3));
            assertThat(table.get("only")).containsExactly(3L, -1L, -1L, -1L, -1L, -1L, -1L, -1L, -1L);
        }
    }

    @Test
    void allTablesOfAKeyGroupMoveTogether() throws IOException {
        try (TieredStore<ContractKey> store = store(When.NEVER)) {
            TieredTable<ContractKey, String, List<Long>> one = table(store, "one");
            TieredTable<ContractKey, String, List<Long>> other = table(store, "other");
            fill(one);
            fill(other);
            store.move(5);
            assertThat(one.onHeap().size(5) + other.onHeap().size(5)).isZero();
            TieredTable<ContractKey, String, List<Long>> late = table(store, "late");
            fill(late);
            assertThat(late.onHeap().size(5)).isZero();
            for (TieredTable<ContractKey, String, List<Long>> table : List.of(one, other, late)) {
                assertThat(rest(table.entries())).isEqualTo(filled());
            }
        }
    }

    @Test
    void whatHasMovedLooksRemovedToWhoComparesCutsOfTheHeap() throws IOException {
        try (TieredStore<ContractKey> store = store(When.NEVER)) {
            TieredTable<ContractKey, String, List<Long>> table = table(store, "table");
            table.onHeap().trackChanges();
            fill(table);
            try (TableCut<ContractKey, String, List<Long>> before =
                    table.onHeap().cut()) {
                store.move(2);
                try (TableCut<ContractKey, String, List<Long>> after =
                        table.onHeap().cut()) {
                    var changes = after.since(before.version());
                    assertThat(changes).isNotNull();
                    var buckets = changes.buckets(2);
                    assertThat(buckets.isEmpty()).isFalse();
                    assertThat(changes.entries(2, buckets).hasNext()).isFalse();
                    assertThat(changes.buckets(3).isEmpty()).isTrue();
                }
            }
        }
    }
}

package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSpec;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.NumberCodec;
import dev.weir.testing.state.TextCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;

/** A store begins with the files of several others. */
@Timeout(60)
final class ExportedColumnsTest {
    private static final int KEY_GROUPS = 16;
    private static final int KEYS = 3_000;
    private static final KeyGroupSpan ALL = new KeyGroupSpan(0, KEY_GROUPS - 1);

    @TempDir
    Path directory;

    private int names;

    private Path newPath() {
        return directory.resolve("path-" + names++);
    }

    /** A store with a table of numbers. */
    private final class Opened implements DatabaseWatch, AutoCloseable {
        final KeyContext<ContractKey> context;
        final RocksStore<ContractKey> store;
        final KeyedTable<ContractKey, String, Number> numbers;
        private @Nullable RocksDB database;

        Opened(KeyGroupSpan span, @Nullable ExportedColumns exported) throws IOException {
            context = new KeyContext<>(span, KEY_GROUPS);
            TestOptions options = new TestOptions(4 << 10, null, this);
            store = new RocksStore<>(context, ContractKeyCodec::new, new PlainBuffers(), newPath(), options, exported);
            numbers = store.create(new TableSpec<>("numbers", null, new TextCodec(), new NumberCodec(), null));
        }

        @Override
        public void opened(RocksDB opened, DBOptions options) {
            database = opened;
        }

        Opened fill() {
            for (int id = 0; id < KEYS; id++) {
                ContractKey key = new ContractKey(id);
                if (context.span().contains(KeyGroups.assign(key.hashCode(), KEY_GROUPS))) {
                    context.select(key);
                    numbers.put("", (long) id);
                }
            }
            return this;
        }

        /** Its files as a checkpoint has them. */
        Path taken() throws IOException {
            Path taken = Files.createDirectories(newPath());
            try (FileCut cut = store.files()) {
                for (Path file : cut.files()) {
                    Files.createLink(taken.resolve(file.getFileName()), file);
                }
            }
            return taken;
        }

        Set<Integer> keys() {
            Set<Integer> keys = new HashSet<>();
            Iterator<TableEntry<ContractKey, String, Number>> entries = numbers.entries();
            while (entries.hasNext()) {
                TableEntry<ContractKey, String, Number> entry = entries.next();
                assertThat(entry.value()).isEqualTo((long) entry.key().id());
                keys.add(entry.key().id());
            }
            return keys;
        }

        long entriesInFiles() {
            return database().getLiveFilesMetaData().stream()
                    .mapToLong(LiveFileMetaData::numEntries)
                    .sum();
        }

        boolean hasOthersInFiles() {
            return !Outside.of(database().getLiveFilesMetaData(), context.span(), KEY_GROUPS)
                    .isEmpty();
        }

        private RocksDB database() {
            assertThat(database).isNotNull();
            return database;
        }

        @Override
        public void close() {
            store.close();
        }
    }

    private ExportedColumns exported() {
        return new ExportedColumns(newPath(), KEY_GROUPS);
    }

    private static Set<Integer> keysOf(KeyGroupSpan span) {
        Set<Integer> keys = new HashSet<>();
        for (int id = 0; id < KEYS; id++) {
            if (span.contains(KeyGroups.assign(new ContractKey(id).hashCode(), KEY_GROUPS))) {
                keys.add(id);
            }
        }
        return keys;
    }

    @Test
    void aStoreHasTheFilesOfAllAndChangesNone() throws Exception {
        KeyGroupSpan low = new KeyGroupSpan(0, 4);
        KeyGroupSpan high = new KeyGroupSpan(5, 15);
        try (Opened first = new Opened(low, null).fill();
                Opened second = new Opened(high, null).fill();
                ExportedColumns exported = exported()) {
            assertThat(exported.add(first.taken(), low)).isTrue();
            assertThat(exported.add(second.taken(), high)).isTrue();
            try (Opened both = new Opened(ALL, exported)) {
                assertThat(both.keys()).isEqualTo(keysOf(ALL));
                assertThat(both.entriesInFiles()).isEqualTo(KEYS);
                both.context.select(new ContractKey(1));
                both.numbers.remove("");
                both.context.select(new ContractKey(2));
                both.numbers.put("", 2.5);
                Path later = both.taken();
                both.context.select(new ContractKey(1));
                assertThat(both.numbers.get("")).isNull();
                both.context.select(new ContractKey(2));
                assertThat(both.numbers.get("")).isEqualTo(2.5);
                assertThat(later.resolve("CURRENT")).exists();
            }
            assertThat(first.keys()).isEqualTo(keysOf(low));
            assertThat(second.keys()).isEqualTo(keysOf(high));
        }
    }

    @Test
    void onesWithoutFilesAreEmptyTables() throws Exception {
        KeyGroupSpan low = new KeyGroupSpan(0, 7);
        KeyGroupSpan high = new KeyGroupSpan(8, 15);
        try (Opened first = new Opened(low, null);
                Opened second = new Opened(high, null);
                ExportedColumns exported = exported()) {
            assertThat(exported.add(first.taken(), low)).isTrue();
            assertThat(exported.add(second.taken(), high)).isTrue();
            try (Opened both = new Opened(ALL, exported)) {
                assertThat(both.keys()).isEmpty();
                assertThat(both.fill().keys()).isEqualTo(keysOf(ALL));
            }
        }
    }

    /** Files with entries of others, that a range deletion hides, are no files to take; once compacted they are. */
    @ParameterizedTest
    @CsvSource({"0, 7", "8, 15", "3, 12"})
    void whatAClippedDatabaseHasOfOthersIsThereUntilItIsCompacted(int from, int to) throws Exception {
        KeyGroupSpan part = new KeyGroupSpan(from, to);
        try (Opened all = new Opened(ALL, null).fill();
                ExportedColumns whole = exported();
                ExportedColumns none = exported();
                ExportedColumns clipped = exported()) {
            assertThat(whole.add(all.taken(), ALL)).isTrue();
            try (Opened some = new Opened(part, whole)) {
                some.store.clip(ALL, false);
                assertThat(some.keys()).isEqualTo(keysOf(part));
                assertThat(none.add(some.taken(), part)).isFalse();

                some.store.compactOutside();
                while (some.hasOthersInFiles()) {
                    Thread.sleep(1);
                }
                assertThat(some.keys()).isEqualTo(keysOf(part));
                assertThat(clipped.add(some.taken(), part)).isTrue();
            }
            try (Opened again = new Opened(ALL, clipped)) {
                assertThat(again.keys()).isEqualTo(keysOf(part));
            }
        }
    }

    @Test
    void aStoreThatClosesEndsItsCompaction() throws Exception {
        KeyGroupSpan part = new KeyGroupSpan(0, 7);
        try (Opened all = new Opened(ALL, null).fill();
                ExportedColumns whole = exported()) {
            whole.add(all.taken(), ALL);
            try (Opened some = new Opened(part, whole)) {
                some.store.clip(ALL, false);
                some.store.compactOutside();
            }
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("Compaction after"));
    }

    @Test
    void valuesInFilesOfTheirOwnAreNotExported() throws Exception {
        try (Opened all = new Opened(ALL, null).fill();
                ExportedColumns exported = exported()) {
            Path taken = all.taken();
            Files.createFile(taken.resolve("000099.blob"));
            assertThat(exported.add(taken, ALL)).isFalse();
        }
    }

    @Test
    void nothingIsLeftOfScratch() throws Exception {
        Path scratch = newPath();
        try (Opened all = new Opened(ALL, null).fill();
                ExportedColumns exported = new ExportedColumns(scratch, KEY_GROUPS)) {
            exported.add(all.taken(), ALL);
            try (Stream<Path> files = Files.walk(scratch)) {
                assertThat(files).anyMatch(file -> file.toString().endsWith(".sst"));
            }
        }
        assertThat(scratch).doesNotExist();
    }
}

package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.NumberCodec;
import dev.weir.testing.state.TextCodec;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WriteOptions;

/** How many batches changes are stored in, as RocksDB counts them. */
final class BatchSizeTest {
    private static final int ENTRIES = 1200;

    @TempDir
    private Path directory;

    private record Counting(RocksOptions options, Statistics statistics, long batchBytes) implements RocksOptions {
        @Override
        public DBOptions database() {
            return options.database().setStatistics(statistics);
        }

        @Override
        public ColumnFamilyOptions column(String state) {
            return options.column(state);
        }

        @Override
        public WriteOptions write() {
            return options.write();
        }

        @Override
        public ReadOptions read() {
            return options.read();
        }

        @Override
        public @Nullable CacheBudget cache() {
            return options.cache();
        }

        @Override
        public void close() {
            options.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1200", "1000000, 1", "0, 3"})
    void aBatchIsAsLongAsTheOptionsSay(long bytes, long batches) throws Exception {
        RocksStore.loadLibrary();
        KeyContext<ContractKey> context = new KeyContext<>(new KeyGroupSpan(0, 15), 16);
        try (Statistics statistics = new Statistics();
                RocksStore<ContractKey> store = new RocksStore<>(
                        context,
                        ContractKeyCodec::new,
                        new PlainBuffers(),
                        directory.resolve("store"),
                        new Counting(new TestOptions(64 << 20, new CacheBudget(1 << 30)), statistics, bytes))) {
            KeyedTable<ContractKey, String, Number> table =
                    store.create(new TableSpec<>("values", null, new TextCodec(), new NumberCodec(), null));
            for (int i = 0; i < ENTRIES; i++) {
                context.select(new ContractKey(i));
                table.put("a", i);
            }
            long before = statistics.getTickerCount(TickerType.WRITE_DONE_BY_SELF);
            store.flush();
            assertThat(statistics.getTickerCount(TickerType.WRITE_DONE_BY_SELF) - before)
                    .isEqualTo(batches);
        }
    }
}

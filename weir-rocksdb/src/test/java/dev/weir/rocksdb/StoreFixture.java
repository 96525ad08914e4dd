package dev.weir.rocksdb;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.NumberCodec;
import dev.weir.testing.state.TextCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A store with a table of lists and one of maps, as tests use them. */
final class StoreFixture implements AutoCloseable {

    final KeyContext<ContractKey> context;
    final TestOptions options;
    final RocksStore<ContractKey> store;

    StoreFixture(Path directory, int keyGroupCount) throws IOException {
        this(directory, keyGroupCount, null);
    }

    /** @param cache what entries may take in memory; null for none */
    StoreFixture(Path directory, int keyGroupCount, @Nullable CacheBudget cache) throws IOException {
        options = new TestOptions(64 << 10, cache);
        context = new KeyContext<>(new KeyGroupSpan(0, keyGroupCount - 1), keyGroupCount);
        store = new RocksStore<>(context, ContractKeyCodec::new, new PlainBuffers(), directory, options);
    }

    /** None for seeds up to 3, then one that keeps nothing, small ones, and one that keeps all. */
    static @Nullable CacheBudget cache(long seed) {
        return switch ((int) seed) {
            case 1, 2, 3 -> null;
            case 4 -> new CacheBudget(0);
            case 7 -> new CacheBudget(1 << 30);
            default -> new CacheBudget(new Random(seed).nextInt(20_000));
        };
    }

    ListTable<ContractKey, String, Number> lists() {
        return (ListTable<ContractKey, String, Number>) store.<String, List<Number>>create(
                new TableSpec<>("lists", null, new TextCodec(), new ListCodec<>(new NumberCodec()), null));
    }

    MapTable<ContractKey, String, String, Number> maps() {
        return (MapTable<ContractKey, String, String, Number>)
                store.<String, Map<String, Number>>create(new TableSpec<>(
                        "maps", null, new TextCodec(), new MapCodec<>(new TextCodec(), new NumberCodec()), null));
    }

    @Override
    public void close() {
        store.close();
    }
}

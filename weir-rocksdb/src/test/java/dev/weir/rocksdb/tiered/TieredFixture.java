package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.PlainBuffers;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.TestOptions;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Tiered stores, and when their key groups move. */
final class TieredFixture {

    private TieredFixture() {}

    /** When key groups move. */
    enum When {
        /** All stay on the heap. */
        NEVER,
        /** All are stored from the beginning. */
        BEFORE,
        /** One at each key that is selected. */
        AT_EVERY_KEY,
        NOW_AND_THEN;

        HeapShare share(Random random) {
            return switch (this) {
                case NEVER -> share(() -> false);
                case BEFORE -> new HeapQuota(0).join();
                case AT_EVERY_KEY -> share(() -> true);
                case NOW_AND_THEN -> share(() -> random.nextInt(60) == 0);
            };
        }

        private static HeapShare share(java.util.function.BooleanSupplier due) {
            return new HeapShare() {
                @Override
                public long leftBytes(long usedBytes) {
                    return usedBytes > 0 && due.getAsBoolean() ? 0 : 1;
                }

                @Override
                public void close() {}
            };
        }
    }

    static <K> TieredStore.Opening<K> opening(
            KeyContext<K> context, Codec<K> keys, Path directory, @Nullable CacheBudget cache) {
        return new TieredStore.Opening<>() {
            @Override
            public RocksStore<K> open() throws IOException {
                return new RocksStore<>(
                        context, keys::duplicate, new PlainBuffers(), directory, new TestOptions(64 << 10, cache));
            }

            @Override
            public void close() {}
        };
    }

    static TieredStore<ContractKey> store(
            KeyContext<ContractKey> context, When when, Random random, Path directory, @Nullable CacheBudget cache) {
        try {
            return new TieredStore<>(
                    context, null, when.share(random), opening(context, new ContractKeyCodec(), directory, cache), 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same as a store whose tables have codecs of one tier. */
    static KeyedStore<ContractKey> ofPlainCodecs(TieredStore<ContractKey> store) {
        return new KeyedStore<>() {
            @Override
            public KeyContext<ContractKey> context() {
                return store.context();
            }

            @Override
            public <N, V> KeyedTable<ContractKey, N, V> create(TableSpec<N, V> spec) {
                return store.create(new TableSpec<>(
                        spec.name(),
                        spec.onlyNamespace(),
                        spec.namespaces(),
                        new TieredCodec<>(spec.values(), spec.values().duplicate(), true),
                        spec.flat()));
            }

            @Override
            public @Nullable KeyedTable<ContractKey, ?, ?> table(String name) {
                return store.table(name);
            }

            @Override
            public boolean handsOutLiveValues() {
                return store.handsOutLiveValues();
            }

            @Override
            public long size() {
                return store.size();
            }

            @Override
            public void close() {
                store.close();
            }
        };
    }
}

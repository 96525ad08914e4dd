package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.KeyedStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RocksStoreContractTest {

    private static final long SMALL_BYTES = 64 << 10;

    @TempDir
    private Path directory;

    private int stores;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void rocksStoreKeepsTheContract(long seed) {
        run(seed, null);
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void entriesThatAreEvictedAfterEveryOperation(long seed) {
        run(seed, new CacheBudget(0));
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9, 10, 11, 12})
    void entriesThatAreEvictedNowAndThen(long seed) {
        run(seed, new CacheBudget(new Random(seed).nextInt(40_000)));
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 14})
    void entriesThatAreNeverEvicted(long seed) {
        run(seed, new CacheBudget(1 << 30));
    }

    private void run(long seed, CacheBudget cache) {
        KeyedStoreContract.run(
                context -> {
                    try {
                        return new RocksStore<ContractKey>(
                                context,
                                ContractKeyCodec::new,
                                new PlainBuffers(),
                                directory.resolve("store-" + stores++),
                                new TestOptions(SMALL_BYTES, cache));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                seed,
                5_000);
    }
}

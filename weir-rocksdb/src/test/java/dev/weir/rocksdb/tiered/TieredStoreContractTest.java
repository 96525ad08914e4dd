package dev.weir.rocksdb.tiered;

import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.tiered.TieredFixture.When;
import dev.weir.testing.state.KeyedStoreContract;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of all stores, wherever key groups are and whenever they move. */
final class TieredStoreContractTest {

    @TempDir
    private Path directory;

    private int stores;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void everythingOnTheHeap(long seed) {
        run(seed, When.NEVER);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 4, 5})
    void everythingStored(long seed) {
        run(seed, When.BEFORE);
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void aKeyGroupMovesAtEveryKey(long seed) {
        run(seed, When.AT_EVERY_KEY);
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10, 11, 12, 13, 14})
    void keyGroupsMoveNowAndThen(long seed) {
        run(seed, When.NOW_AND_THEN);
    }

    private void run(long seed, When when) {
        Random random = new Random(seed);
        KeyedStoreContract.run(
                context -> TieredFixture.ofPlainCodecs(TieredFixture.store(
                        context, when, random, directory.resolve("store-" + stores++), cache(random))),
                seed,
                5_000);
    }

    private static @Nullable CacheBudget cache(Random random) {
        return random.nextBoolean() ? null : new CacheBudget(random.nextInt(40_000));
    }
}

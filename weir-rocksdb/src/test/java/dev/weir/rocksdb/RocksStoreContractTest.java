package dev.weir.rocksdb;

import dev.weir.testing.state.ContractKey;
import dev.weir.testing.state.ContractKeyCodec;
import dev.weir.testing.state.KeyedStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
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
        KeyedStoreContract.run(
                context -> {
                    try {
                        return new RocksStore<ContractKey>(
                                context,
                                ContractKeyCodec::new,
                                new PlainBuffers(),
                                directory.resolve("store-" + stores++),
                                new TestOptions(SMALL_BYTES));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                seed,
                5_000);
    }
}

package dev.weir.testing.state;

import dev.weir.engine.state.HeapStore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapStoreContractTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void heapStoreKeepsTheContract(long seed) {
        KeyedStoreContract.run(HeapStore::new, seed, 20_000);
    }
}

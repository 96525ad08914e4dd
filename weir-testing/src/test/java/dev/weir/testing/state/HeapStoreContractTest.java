package dev.weir.testing.state;

import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.LongKeys;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapStoreContractTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void heapStoreKeepsTheContract(long seed) {
        KeyedStoreContract.run(HeapStore::new, seed, 20_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void heapStoreKeepsTheContractWithKeysAsLongs(long seed) {
        KeyedStoreContract.run(context -> new HeapStore<>(context, new Ids()), seed, 20_000);
    }

    private static final class Ids implements LongKeys<ContractKey> {
        @Override
        public long toLong(ContractKey key) {
            return key.id();
        }

        @Override
        public ContractKey fromLong(long key) {
            return new ContractKey((int) key);
        }
    }
}

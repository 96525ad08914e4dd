package dev.weir.rocksdb.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the contract of stores does not show, which sees results only. */
class CachedColumnTest {

    private static final int KEYS = 1000;

    private final TreeMap<byte[], byte[]> database = new TreeMap<>(Arrays::compareUnsigned);
    private final EntryCache cache = new EntryCache(new CacheBudget(1 << 20));
    private final CachedColumn<byte[]> column = cache.cache(new Stored(), new Plain());
    private int reads;

    @Test
    void keysOfAnyLengthAreFoundAgainAfterAFlush() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < KEYS; i++) {
                byte[] key = key(i);
                column.put(key, key.length, new byte[] {(byte) round, (byte) i});
            }
            column.flush();
            assertThat(database).hasSize(KEYS);
            for (int i = 0; i < KEYS; i++) {
                byte[] key = key(i);
                assertThat(database.get(key)).containsExactly(round, (byte) i);
                assertThat(column.get(key, key.length)).containsExactly(round, (byte) i);
            }
        }
        assertThat(cache.size()).isEqualTo(KEYS);
        assertThat(reads).isZero();
    }

    @Test
    void aDatabaseIsNotAskedForWhatItNeverGot() {
        for (int i = 0; i < KEYS; i++) {
            byte[] key = key(i);
            assertThat(column.get(key, key.length)).isNull();
            if (i % 2 == 0) {
                column.put(key, key.length, new byte[] {1});
            }
        }
        column.flush();
        for (int i = 0; i < KEYS; i += 4) {
            byte[] key = key(i);
            column.remove(key, key.length);
            assertThat(column.get(key, key.length)).isNull();
        }
        column.flush();
        assertThat(database).hasSize(KEYS / 4);
        assertThat(reads).isZero();
    }

    @Test
    void itIsAskedOnceSomethingHasLeftMemoryOrCameFromElsewhere() {
        CachedColumn<byte[]> small = new EntryCache(new CacheBudget(1 << 12)).cache(new Stored(), new Plain());
        for (int i = 0; i < KEYS; i++) {
            byte[] key = key(i);
            small.put(key, key.length, new byte[] {(byte) i});
        }
        for (int i = 0; i < KEYS; i++) {
            byte[] key = key(i);
            assertThat(small.get(key, key.length)).containsExactly((byte) i);
        }
        assertThat(reads).isPositive();

        CachedColumn<byte[]> later = cache.cache(new Stored(), new Plain());
        assertThat(later.get(key(1), key(1).length)).containsExactly((byte) 1);

        database.clear();
        CachedColumn<byte[]> loaded = cache.cache(new Stored(), new Plain());
        loaded.loaded();
        database.put(key(2), new byte[] {2});
        assertThat(loaded.get(key(2), key(2).length)).containsExactly((byte) 2);
    }

    @Test
    void objectsAreCountedByTheirSizeBeforeAnyIsStored() {
        CachedColumn<byte[]> objects = cache.cache(new Stored(), new Plain() {
            @Override
            public boolean keepsObjects() {
                return true;
            }
        });
        for (int i = 0; i < 2 * KEYS; i++) {
            byte[] key = key(i);
            objects.put(key, key.length, new byte[i < KEYS ? 1000 : 4000]);
            // twice its bytes is what an object is taken for
            assertThat(cache.size()).isLessThan((1 << 20) / (i < 1.5 * KEYS ? 2000 : 6000));
        }
        assertThat(database).hasSizeGreaterThan(KEYS);
    }

    /** Most are of one length; every fifth is longer than what lies in a row. */
    private static byte[] key(int i) {
        byte[] key = new byte[i % 5 == 0 ? 20 + i % 60 : 8];
        key[4] = (byte) (i >>> 8);
        key[5] = (byte) i;
        return key;
    }

    private final class Stored implements Column {
        @Override
        public byte @Nullable [] read(byte[] key) {
            reads++;
            return database.get(key);
        }

        @Override
        public boolean isEmpty() {
            return database.isEmpty();
        }

        @Override
        public Batch begin() {
            return new Batch() {
                @Override
                public void put(byte[] key, int keyLength, byte[] value) {
                    database.put(Arrays.copyOf(key, keyLength), value);
                }

                @Override
                public void append(byte[] key, int keyLength, byte[] operand) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void remove(byte[] key, int keyLength) {
                    database.remove(Arrays.copyOf(key, keyLength));
                }

                @Override
                public void close() {}
            };
        }
    }

    private static class Plain implements Encoding<byte[]> {
        @Override
        public boolean keepsObjects() {
            return false;
        }

        @Override
        public byte[] kept(byte[] value) {
            return value;
        }

        @Override
        public byte[] handedOut(byte[] kept) {
            return kept;
        }

        @Override
        public byte[] write(byte[] value) {
            return value;
        }

        @Override
        public byte[] read(byte[] stored) {
            return stored;
        }
    }
}

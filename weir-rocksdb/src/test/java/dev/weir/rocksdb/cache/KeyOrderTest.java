package dev.weir.rocksdb.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyOrderTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void isThatOfUnsignedBytes(int seed) {
        Random random = new Random(seed);
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        int count = seed == 8 ? 200 : 1 + random.nextInt(5000);
        int longest = 1 + random.nextInt(24);
        int values = 1 + random.nextInt(255);
        int shared = seed == 8 ? 200_000 : random.nextInt(12);
        for (int i = 0; i < count; i++) {
            byte[] key = new byte[shared + random.nextInt(longest)];
            for (int at = shared; at < key.length; at++) {
                // many zeros, also at the end, and bytes that are negative
                key[at] = (byte) (random.nextBoolean() ? 0 : 255 - random.nextInt(values));
            }
            keys.add(key);
        }
        byte[][] shuffled = keys.toArray(byte[][]::new);
        Collections.shuffle(Arrays.asList(shuffled), random);
        Rows rows = new Rows(1);
        int[] all = new int[shuffled.length];
        for (int i = 0; i < all.length; i++) {
            assertThat(rows.find(shuffled[i], shuffled[i].length)).isEqualTo(Rows.NONE);
            all[i] = rows.insert(shuffled[i], shuffled[i].length);
        }

        assertThat(Arrays.stream(KeyOrder.sorted(rows, all)).mapToObj(row -> shuffled[row]))
                .containsExactlyElementsOf(keys);
    }
}

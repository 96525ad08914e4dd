package dev.weir.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.rocksdb.SortedKeys.Found;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SortedKeysTest {

    private static final byte[] PREFIX = {3, 7};

    private final SortedKeys keys = new SortedKeys(PREFIX);

    // True where the key is stored.
    private final TreeMap<byte[], Boolean> model = new TreeMap<>(Arrays::compareUnsigned);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void areATreeOfTheirBytes(long seed) {
        Random random = new Random(seed);
        int longest = 1 + random.nextInt(seed % 2 == 0 ? 90 : 30);
        for (int step = 0; step < 30_000; step++) {
            // grows, shrinks to nothing and grows again, with keys of other lengths
            boolean grows = step / 5_000 % 2 == 0;
            switch (random.nextInt(grows ? 4 : 12)) {
                case 0, 1, 2 -> add(key(random, longest, step), random.nextBoolean());
                case 3 -> remove(key(random, longest, step));
                default -> removeOneThatIsThere(random);
            }
            if (step % 1_000 == 0) {
                check();
            }
            if (random.nextInt(2_000) == 0) {
                keys.stored();
                model.replaceAll((key, stored) -> true);
            }
        }
        check();
        while (!model.isEmpty()) {
            remove(model.firstKey());
        }
        check();
        assertThat(keys.bytes()).isZero();
    }

    /** Few of each length, zeros at the end among them, which count. */
    private static byte[] key(Random random, int longest, int step) {
        byte[] key = new byte[PREFIX.length + 1 + random.nextInt(longest)];
        ByteBuffer.wrap(key).put(PREFIX);
        key[PREFIX.length] = (byte) (step >>> 8);
        key[PREFIX.length + (key.length - PREFIX.length) / 2] = (byte) random.nextInt(8);
        key[key.length - 1] = (byte) random.nextInt(3);
        return key;
    }

    private void add(byte[] key, boolean stored) {
        byte[] first = keys.first();
        boolean wasFirst = model.isEmpty() || Arrays.compareUnsigned(key, model.firstKey()) < 0;
        byte[] room = Arrays.copyOf(key, key.length + 5);
        boolean added = keys.add(room, key.length, stored);

        assertThat(added).isEqualTo(model.putIfAbsent(key, stored) == null);
        assertThat(keys.first() == first).isEqualTo(!wasFirst);
    }

    private void remove(byte[] key) {
        byte[] first = keys.first();
        boolean wasFirst = !model.isEmpty() && Arrays.equals(key, model.firstKey());
        Boolean stored = model.remove(key);

        assertThat(keys.remove(Arrays.copyOf(key, key.length + 5), key.length))
                .isEqualTo(stored == null ? Found.NOTHING : stored ? Found.STORED : Found.NOT_STORED);
        assertThat(keys.first() == first).isEqualTo(!wasFirst);
    }

    private void removeOneThatIsThere(Random random) {
        if (model.isEmpty()) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> remove(model.firstKey());
            case 1 -> {
                Map.Entry<byte[], Boolean> last = model.pollLastEntry();
                assertThat(keys.last()).isEqualTo(last.getKey());
                assertThat(keys.removeLast()).isEqualTo(last.getValue() ? Found.STORED : Found.NOT_STORED);
            }
            default -> {
                byte[] from = {PREFIX[0], PREFIX[1], (byte) random.nextInt(256)};
                byte[] some = model.ceilingKey(from);
                remove(some == null ? model.lastKey() : some);
            }
        }
    }

    private void check() {
        assertThat(keys.size()).isEqualTo(model.size());
        assertThat(keys.isEmpty()).isEqualTo(model.isEmpty());
        assertThat(keys.all()).containsExactlyElementsOf(model.keySet());
        assertThat(keys.notStored())
                .containsExactlyElementsOf(model.entrySet().stream()
                        .filter(entry -> !entry.getValue())
                        .map(Map.Entry::getKey)
                        .toList());
        if (model.isEmpty()) {
            assertThat(keys.first()).isNull();
            assertThat(keys.reaches(PREFIX, PREFIX.length)).isFalse();
        } else {
            assertThat(keys.first()).isEqualTo(model.firstKey());
            byte[] last = model.lastKey();
            assertThat(keys.reaches(last, last.length)).isTrue();
            byte[] beyond = Arrays.copyOf(last, last.length + 1);
            assertThat(keys.reaches(beyond, beyond.length)).isFalse();
        }
    }

    @Test
    void takeAboutAsMuchAsTheirBytes() {
        Random random = new Random(1);
        for (long i = 0; i < 10_000; i++) {
            keys.add(timer(random.nextLong(), i), 19, false);
        }
        assertThat(keys.bytes()).isBetween(10_000L * 24, 10_000L * 64);
    }

    @Test
    void thatComeInOrderFillTheirChunks() {
        for (long i = 0; i < 10_000; i++) {
            keys.add(timer(i, i), 19, false);
        }
        assertThat(keys.bytes()).isLessThan(10_000L * 36);
        assertThat(keys.all()).hasSize(10_000).isSortedAccordingTo(Arrays::compareUnsigned);
        List<byte[]> all = keys.all();
        for (int i = 0; i < 9_990; i++) {
            byte[] first = keys.first();
            assertThat(first).isEqualTo(all.get(i));
            keys.remove(first, first.length);
        }
        assertThat(keys.bytes()).isLessThan(10_000);
    }

    private static byte[] timer(long time, long key) {
        return ByteBuffer.allocate(19)
                .put(PREFIX)
                .putLong(time)
                .putLong(key)
                .put((byte) 0)
                .array();
    }
}

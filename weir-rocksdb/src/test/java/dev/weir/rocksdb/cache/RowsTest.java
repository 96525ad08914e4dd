package dev.weir.rocksdb.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.rocksdb.cache.Rows.Form;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowsTest {

    private static final int WORDS = 2;

    /** What a row is to be. */
    private record Expected(Form form, Object value, boolean changed, boolean missing) {}

    private final Rows rows = new Rows(WORDS);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void areAMapOfTheirKeys(long seed) {
        Random random = new Random(seed);
        int longest = 1 + random.nextInt(60);
        Map<String, Expected> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            byte[] key = key(random, longest);
            String name = Arrays.toString(key);
            byte[] room = Arrays.copyOf(key, key.length + 3);
            int row = rows.find(room, key.length);
            assertThat(row >= 0).as(name).isEqualTo(model.containsKey(name));
            if (row >= 0 && random.nextInt(3) == 0) {
                rows.remove(row);
                model.remove(name);
            } else {
                int at = row >= 0 ? row : rows.insert(room, key.length);
                model.put(name, set(at, random));
            }
            if (step % 4096 == 0) {
                check(model);
            }
        }
        check(model);
        for (int row = rows.count() - 1; row >= 0; row--) {
            rows.remove(row);
        }
        assertThat(rows.bytes()).isZero();
        assertThat(rows.changes()).isEmpty();
    }

    /** Few of each length, so that most are met again; zeros at the end, which must count. */
    private static byte[] key(Random random, int longest) {
        byte[] key = new byte[1 + random.nextInt(longest)];
        key[0] = (byte) random.nextInt(12);
        key[key.length / 2] = (byte) random.nextInt(3);
        return key;
    }

    private Expected set(int row, Random random) {
        List<Form> forms = List.of(Form.values());
        Form form = forms.get(random.nextInt(forms.size()));
        Object value = form;
        switch (form) {
            case ABSENT -> rows.absent(row);
            case WORDS -> {
                rows.beWords(row);
                long word = random.nextLong();
                rows.words(row)[rows.wordsAt(row)] = word;
                rows.words(row)[rows.wordsAt(row) + 1] = ~word;
                value = word;
            }
            case OBJECT -> {
                value = new Object();
                rows.object(row, value, random.nextInt(50));
            }
            case BYTES, APPENDED -> {
                byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                rows.bytes(row, form, bytes);
                value = bytes;
            }
        }
        boolean changed = random.nextBoolean();
        if (changed) {
            rows.changed(row);
        } else {
            rows.unchanged(row);
        }
        boolean missing = random.nextBoolean();
        rows.setMissing(row, missing);
        return new Expected(form, value, changed, missing);
    }

    private void check(Map<String, Expected> model) {
        assertThat(rows.count()).isEqualTo(model.size());
        List<Integer> changed = new ArrayList<>();
        long bytes = 0;
        for (int row = 0; row < rows.count(); row++) {
            bytes += rows.bytes(row);
            byte[] key = Arrays.copyOf(rows.key(row, new byte[Rows.ROOM_BYTES]), rows.keyLength(row));
            assertThat(rows.find(key, key.length)).isEqualTo(row);
            Expected expected = model.get(Arrays.toString(key));
            assertThat(expected).isNotNull();
            assertThat(rows.form(row)).isEqualTo(expected.form);
            assertThat(rows.isMissing(row)).isEqualTo(expected.missing);
            assertThat(rows.isChanged(row)).isEqualTo(expected.changed);
            if (expected.changed) {
                changed.add(row);
            }
            switch (expected.form) {
                case ABSENT -> assertThat(rows.value(row)).isNull();
                case WORDS -> {
                    long word = (Long) expected.value;
                    assertThat(rows.words(row)[rows.wordsAt(row)]).isEqualTo(word);
                    assertThat(rows.words(row)[rows.wordsAt(row) + 1]).isEqualTo(~word);
                }
                case OBJECT -> assertThat(rows.value(row)).isSameAs(expected.value);
                case BYTES, APPENDED -> {
                    assertThat(Arrays.copyOf(rows.held(row), rows.length(row))).isEqualTo(expected.value);
                    assertThat(rows.durable(row)).isZero();
                }
            }
        }
        assertThat(rows.bytes()).isEqualTo(bytes);
        assertThat(Arrays.stream(rows.changes()).boxed()).containsExactlyInAnyOrderElementsOf(changed);
    }

    /** As of state by numbers: key group, key, and namespace or a map's key, which are next to each other. */
    @ParameterizedTest
    @ValueSource(ints = {10, 11, 18, 19})
    void spreadKeysThatDifferInTheirLastBytes(int length) {
        int count = 1 << 16;
        BitSet met = new BitSet();
        for (long i = 0; i < count; i++) {
            byte[] key = new byte[length];
            int end = length - (length < 16 ? 1 : 0);
            ByteBuffer.wrap(key).putLong(end - Long.BYTES, i);
            long[] words = new long[3];
            ByteBuffer.wrap(Arrays.copyOf(key, 24)).asLongBuffer().get(words);
            met.set(Rows.hash(words, length) & (count - 1));
        }
        // by chance 1 - 1/e
        assertThat(met.cardinality()).isGreaterThan((int) (0.6 * count));
    }

    @Test
    void tellKeysApartThatAreAsLongAsLengthsAreKept() {
        byte[] first = new byte[1 << 24];
        byte[] second = new byte[(1 << 24) + 1];
        rows.find(first, first.length);
        int one = rows.insert(first, first.length);
        assertThat(rows.find(second, second.length)).isEqualTo(Rows.NONE);
        int other = rows.insert(second, second.length);

        assertThat(rows.find(first, first.length)).isEqualTo(one);
        assertThat(rows.find(second, second.length)).isEqualTo(other);
        assertThat(rows.keyLength(one)).isEqualTo(first.length);
        assertThat(rows.compareKeys(one, other)).isNegative();
    }

    @Test
    void keepWhatTheDatabaseHasOfBytesThatBecomeMore() {
        byte[] key = {1};
        rows.find(key, 1);
        int row = rows.insert(key, 1);
        rows.bytes(row, Form.BYTES, new byte[] {7, 8});
        rows.setDurable(row, 2);
        rows.lengthen(row, new byte[] {7, 8, ',', 9, 0, 0}, 4);

        assertThat(rows.durable(row)).isEqualTo(2);
        assertThat(rows.length(row)).isEqualTo(4);
    }
}

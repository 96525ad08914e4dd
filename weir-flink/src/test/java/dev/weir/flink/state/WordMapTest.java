package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A map of words is a {@link HashMap} to whoever looks at it, in every order of operations, and in its order. */
class WordMapTest {
    private static final int OPERATIONS = 20_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void isAHashMapOfLongs(long seed) {
        // few buckets, so that some have several; half of them share a hash code with another
        agree(seed, LongSerializer.INSTANCE, i -> i % 2 == 0 ? (long) i * 16 : ~((long) (i - 1) * 16));
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void isAHashMapOfInts(long seed) {
        agree(seed, IntSerializer.INSTANCE, i -> (i - 10) * 37);
    }

    private static <K> void agree(long seed, TypeSerializer<K> serializer, IntFunction<K> keys) {
        Random random = new Random(seed);
        WordMap.Shape<K, Double> shape =
                Objects.requireNonNull(WordMap.Shape.of(serializer, DoubleSerializer.INSTANCE));
        WordMap<K, Double> words = new WordMap<>(shape);
        Map<K, @Nullable Double> model = new HashMap<>();
        for (int i = 0; i < OPERATIONS; i++) {
            K key = keys.apply(random.nextInt(20));
            Double value = random.nextInt(10) == 0 ? null : random.nextDouble();
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> {
                    boolean room = model.containsKey(key) || hasRoom(model.keySet(), key);
                    assertThat(words.set(key, value)).isEqualTo(room);
                    if (room) {
                        model.put(key, value);
                    }
                }
                case 4 -> assertThat(words.remove(key)).isEqualTo(model.remove(key));
                case 5, 6 -> {
                    int at = random.nextInt(12);
                    boolean removes = random.nextBoolean();
                    change(words, at, removes, value);
                    change(model, at, removes, value);
                }
                case 7 -> words = words.copy();
                case 8 -> {
                    if (random.nextInt(20) == 0) {
                        words.clear();
                        model.clear();
                    }
                }
                default -> assertThat(words.get(key)).isEqualTo(model.get(key));
            }
            assertThat(new ArrayList<>(words.entrySet())).isEqualTo(new ArrayList<>(model.entrySet()));
            assertThat(words.containsKey(key)).isEqualTo(model.containsKey(key));
        }
        assertThat(new ArrayList<>(words.grown().entrySet())).isEqualTo(new ArrayList<>(model.entrySet()));
    }

    private static boolean hasRoom(Set<?> keys, Object key) {
        long together = keys.stream().filter(k -> bucket(k) == bucket(key)).count();
        return keys.size() < 12 && together < 8;
    }

    private static int bucket(Object key) {
        int hash = key.hashCode();
        return (hash ^ hash >>> 16) & 15;
    }

    private static <K> void change(Map<K, @Nullable Double> map, int at, boolean removes, @Nullable Double value) {
        Iterator<Map.Entry<K, @Nullable Double>> entries = map.entrySet().iterator();
        for (int i = 0; entries.hasNext(); i++) {
            Map.Entry<K, @Nullable Double> entry = entries.next();
            if (i == at && removes) {
                entries.remove();
            } else if (i == at) {
                entry.setValue(value);
                assertThat(entry.getValue()).isEqualTo(value);
            }
        }
    }

    @Test
    void anEntryShowsTheValueOfNow() {
        WordMap<Long, Double> words = new WordMap<>(longs());
        words.set(1L, 1.0);
        Map.Entry<Long, Double> entry = words.entrySet().iterator().next();
        words.set(1L, 2.0);
        assertThat(entry.getValue()).isEqualTo(2.0);
        words.remove(1L);
        assertThat(entry.getValue()).isEqualTo(2.0);
    }

    @Test
    void anIterationNoticesChanges() {
        WordMap<Long, Double> words = new WordMap<>(longs());
        words.set(1L, 1.0);
        words.set(2L, 1.0);
        Iterator<Map.Entry<Long, Double>> entries = words.entrySet().iterator();
        entries.next();
        words.set(2L, 3.0);
        entries.next();
        words.remove(1L);
        assertThatThrownBy(entries::next).isInstanceOf(ConcurrentModificationException.class);
    }

    @Test
    void whatSomebodyHasKeptShowsTheMapThatItBecame() {
        WordMap<Long, Double> map = new WordMap<>(longs());
        map.set(1L, 1.5);
        map.set(2L, 2.5);
        Map.Entry<Long, Double> kept = map.entrySet().iterator().next();
        Iterator<Map.Entry<Long, Double>> iterator = map.entrySet().iterator();
        Set<Map.Entry<Long, Double>> view = map.entrySet();
        Map<Long, Double> grown = map.grown();
        grown.put(3L, 3.5);

        assertThat(kept.setValue(7.0)).isEqualTo(1.5);
        assertThat(grown).containsEntry(1L, 7.0);
        grown.put(1L, 8.0);
        assertThat(kept.getValue()).isEqualTo(8.0);
        assertThat(view).hasSize(3).isEqualTo(grown.entrySet());
        assertThatThrownBy(iterator::next).isInstanceOf(ConcurrentModificationException.class);
        grown.remove(1L);
        kept.setValue(9.0);
        assertThat(grown).doesNotContainKey(1L);
        assertThat(kept.getValue()).isEqualTo(9.0);
    }

    @Test
    void aCopyIsOfItsOwn() {
        WordMap<Long, Double> words = new WordMap<>(longs());
        words.set(1L, 1.0);
        WordMap<Long, Double> copy = words.copy();
        words.set(1L, 2.0);
        words.set(2L, 2.0);
        assertThat(copy).isEqualTo(Map.of(1L, 1.0));
    }

    @Test
    @SuppressWarnings("unchecked") // what a raw use of the state would do
    void takesWhatFitsOnly() {
        WordMap<Object, Object> words = (WordMap<Object, Object>) (WordMap<?, ?>) new WordMap<>(longs());
        assertThat(words.set(null, 1.0)).isFalse();
        assertThat(words.set(1, 1.0)).isFalse();
        assertThat(words.set(1L, 1L)).isFalse();
        assertThat(words.get(1)).isNull();
        assertThat(words.get(null)).isNull();
        assertThat(words).isEmpty();
    }

    @Test
    void isForIntegersAsKeysAndBoxedPrimitivesAsValues() {
        LongSerializer longs = LongSerializer.INSTANCE;
        assertThat(WordMap.Shape.of(longs, BooleanSerializer.INSTANCE)).isNotNull();
        // 0.0 and -0.0, true and false have hash codes of their own; NaNs are equal
        for (TypeSerializer<?> keys :
                List.of(DoubleSerializer.INSTANCE, BooleanSerializer.INSTANCE, StringSerializer.INSTANCE)) {
            assertThat(WordMap.Shape.of(keys, longs)).isNull();
        }
        assertThat(WordMap.Shape.of(longs, StringSerializer.INSTANCE)).isNull();
    }

    private static WordMap.Shape<Long, Double> longs() {
        return Objects.requireNonNull(WordMap.Shape.of(LongSerializer.INSTANCE, DoubleSerializer.INSTANCE));
    }
}

package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTest {
    private static Segment<Integer, String, String> segment() {
        return new Segment<>(new Versions<>(new HeapCutTest.Strings()), new Layout<>("ns", null, null));
    }

    private static void put(Segment<Integer, String, String> segment, int key) {
        segment.put(Segment.mix(key), key, "ns", "value " + key);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 100, 767, 768, 769, 5_000})
    void whatWasReservedDoesNotGrow(int entries) {
        Segment<Integer, String, String> segment = segment();
        segment.reserve(entries);
        int capacity = segment.capacity();
        for (int key = 0; key < entries; key++) {
            put(segment, key);
        }

        assertThat(segment.capacity()).isEqualTo(capacity).isLessThanOrEqualTo(Math.max(4, 4 * entries));
        assertThat(segment.size()).isEqualTo(entries);
    }

    @Test
    void reservingKeepsWhatIsThere() {
        Segment<Integer, String, String> segment = segment();
        put(segment, 1);
        segment.reserve(1_000);
        segment.reserve(10);

        assertThat(segment.capacity()).isEqualTo(2_048);
        assertThat(segment.get(Segment.mix(1), 1, "ns")).isEqualTo("value 1");
        assertThat(segment.get(Segment.mix(2), 2, "ns")).isNull();
    }
}

package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.LongKeys;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.LongValueSerializer;
import org.apache.flink.api.common.typeutils.base.ShortSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrimitiveKeysTest {

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, 1L << 32, Long.MAX_VALUE})
    void longsComeBackAsTheyWere(long key) {
        LongKeys<Long> keys = Objects.requireNonNull(PrimitiveKeys.of(LongSerializer.INSTANCE));
        assertThat(keys.fromLong(keys.toLong(key))).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, Integer.MAX_VALUE})
    void integersComeBackAsTheyWere(int key) {
        LongKeys<Integer> keys = Objects.requireNonNull(PrimitiveKeys.of(IntSerializer.INSTANCE));
        assertThat(keys.fromLong(keys.toLong(key))).isEqualTo(key);
    }

    @Test
    void otherKeysStayObjects() {
        assertThat(PrimitiveKeys.of(StringSerializer.INSTANCE)).isNull();
        assertThat(PrimitiveKeys.of(ShortSerializer.INSTANCE)).isNull();
        // Mutable, although it holds a long.
        assertThat(PrimitiveKeys.of(LongValueSerializer.INSTANCE)).isNull();
    }
}

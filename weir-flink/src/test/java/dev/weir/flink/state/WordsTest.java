package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.FlatValues;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongValueSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple1;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class WordsTest {

    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of(Types.LONG, List.of(Long.MIN_VALUE, -1L, 0L, 1L << 40, Long.MAX_VALUE)),
                Arguments.of(Types.INT, List.of(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE)),
                Arguments.of(Types.SHORT, List.of(Short.MIN_VALUE, (short) -1, Short.MAX_VALUE)),
                Arguments.of(Types.BYTE, List.of(Byte.MIN_VALUE, (byte) -1, Byte.MAX_VALUE)),
                Arguments.of(Types.BOOLEAN, List.of(true, false)),
                Arguments.of(Types.CHAR, List.of('\0', 'x', '\uffff')),
                Arguments.of(Types.DOUBLE, List.of(-0.0, 0.0, Double.NaN, Double.MIN_VALUE, -1e300)),
                Arguments.of(Types.FLOAT, List.of(-0f, 0f, Float.NaN, Float.MIN_VALUE, -1e30f)),
                Arguments.of(Types.TUPLE(Types.LONG), List.of(Tuple1.of(-5L))),
                Arguments.of(Types.TUPLE(Types.INT, Types.DOUBLE), List.of(Tuple2.of(-5, -0.0), Tuple2.of(7, 0.5))),
                Arguments.of(
                        Types.TUPLE(Types.BYTE, Types.CHAR, Types.BOOLEAN),
                        List.of(Tuple3.of((byte) -5, 'x', true), Tuple3.of((byte) 5, 'y', false))),
                Arguments.of(Types.TUPLE(Types.STRING, Types.INT), List.of(Tuple2.of("a", 1), Tuple2.of(null, 2))),
                Arguments.of(Types.TUPLE(Types.INT, Types.STRING), List.of(Tuple2.of(1, ""), Tuple2.of(2, null))),
                Arguments.of(
                        Types.TUPLE(Types.BYTE, Types.STRING, Types.LONG),
                        List.of(Tuple3.of((byte) -5, "b", -1L), Tuple3.of((byte) 5, "c", 1L << 40))));
    }

    @ParameterizedTest
    @MethodSource("values")
    void valuesComeBackAsTheyWere(TypeInformation<Object> type, List<Object> values) {
        FlatValues<Object> words = Objects.requireNonNull(Words.ofStored(serializer(type)));
        for (Object value : values) {
            long[] written = new long[words.words() + 2];
            Arrays.fill(written, 77);
            assertThat(words.fits(value)).isTrue();
            words.write(value, written, 1);
            assertThat(written[0]).isEqualTo(77);
            assertThat(written[written.length - 1]).isEqualTo(77);
            // Unlike ==, equals tells zeros apart by their sign; tuples have it from their fields.
            assertThat(words.read(written, 1, words.part(value)))
                    .isEqualTo(value)
                    .isExactlyInstanceOf(value.getClass());
        }
    }

    @Test
    void whatIsNotExactlyOfTheTypeDoesNotFit() {
        FlatValues<Long> longs = Objects.requireNonNull(Words.ofImmutable(serializer(Types.LONG)));
        assertThat(longs.fits(1)).isFalse();
        FlatValues<Integer> integers = Objects.requireNonNull(Words.ofImmutable(serializer(Types.INT)));
        assertThat(integers.fits(1L)).isFalse();
        FlatValues<Tuple2<Long, Long>> tuples =
                Objects.requireNonNull(Words.ofStored(serializer(Types.TUPLE(Types.LONG, Types.LONG))));
        assertThat(tuples.fits(Tuple2.of(1L, 2L))).isTrue();
        assertThat(tuples.fits(Tuple2.of(1L, null))).isFalse();
        assertThat(tuples.fits(Tuple2.of(1L, 2))).isFalse();
        assertThat(tuples.fits(new Named(1L, 2L))).isFalse();
        assertThat(tuples.fits(Tuple3.of(1L, 2L, 3L))).isFalse();
        FlatValues<Tuple2<String, Long>> named =
                Objects.requireNonNull(Words.ofStored(serializer(Types.TUPLE(Types.STRING, Types.LONG))));
        assertThat(named.fits(Tuple2.of("a", null))).isFalse();
        assertThat(named.fits(Tuple2.of(1L, 2L))).isFalse();
    }

    @Test
    void otherValuesStayObjects() {
        assertThat(Words.ofStored(StringSerializer.INSTANCE)).isNull();
        assertThat(Words.ofStored(LongValueSerializer.INSTANCE)).isNull();
        assertThat(Words.ofStored(serializer(Types.TUPLE(Types.STRING)))).isNull();
        assertThat(Words.ofStored(serializer(Types.TUPLE(Types.STRING, Types.LONG, Types.STRING))))
                .isNull();
        assertThat(Words.ofStored(serializer(Types.TUPLE(Types.LONG, Types.TUPLE(Types.LONG)))))
                .isNull();
        TypeSerializer<?>[] fields = {serializer(Types.LONG), serializer(Types.LONG)};
        assertThat(Words.ofStored(new TupleSerializer<>(Named.class, fields))).isNull();
    }

    @Test
    void aStringIsNoWord() {
        FlatValues<?> named = Words.ofStored(serializer(Types.TUPLE(Types.STRING, Types.LONG)));
        assertThat(named).isNotNull();
        assertThat(Words.alone(named)).isNull();
        FlatValues<?> longs = Words.ofStored(serializer(Types.TUPLE(Types.LONG)));
        assertThat(Words.alone(longs)).isSameAs(longs);
    }

    @Test
    void tuplesAreOnlyForThoseWhoStoreWhatTheyChange() {
        assertThat(Words.ofImmutable(serializer(Types.TUPLE(Types.LONG, Types.LONG))))
                .isNull();
    }

    private static <T> TypeSerializer<T> serializer(TypeInformation<T> type) {
        return type.createSerializer(new SerializerConfigImpl());
    }

    /** A tuple with a class of its own. */
    @SuppressWarnings("unchecked") // of copy, in Flink's tuples
    public static final class Named extends Tuple2<Long, Long> {
        private static final long serialVersionUID = 1;

        public Named() {}

        Named(Long a, Long b) {
            super(a, b);
        }
    }
}

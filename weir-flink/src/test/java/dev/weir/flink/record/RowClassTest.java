package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RowClassTest {
    private static final List<Function<Random, Object>> VALUES = List.of(
            Random::nextLong,
            Random::nextInt,
            random -> (short) random.nextInt(),
            random -> (byte) random.nextInt(),
            random -> (char) random.nextInt(),
            Random::nextBoolean,
            random -> Double.longBitsToDouble(random.nextLong()),
            random -> Float.intBitsToFloat(random.nextInt()));
    private static final List<TypeInformation<?>> TYPES = List.of(
            Types.LONG, Types.INT, Types.SHORT, Types.BYTE, Types.CHAR, Types.BOOLEAN, Types.DOUBLE, Types.FLOAT);

    @Test
    void whatIsReadIsWhatTheSerializerWouldHaveRead() throws Exception {
        Random random = new Random(17);
        for (int round = 0; round < 500; round++) {
            int arity = 1 + random.nextInt(Tuple.MAX_ARITY);
            int string = random.nextInt(2 * arity);
            TypeInformation<?>[] types = new TypeInformation<?>[arity];
            Tuple tuple = Tuple.newInstance(arity);
            for (int i = 0; i < arity; i++) {
                int kind = random.nextInt(TYPES.size());
                boolean isString = i == string && arity > 1;
                types[i] = isString ? Types.STRING : TYPES.get(kind);
                Object text = random.nextInt(4) == 0 ? null : "s" + random.nextInt();
                tuple.setField(isString ? text : VALUES.get(kind).apply(random), i);
            }
            TypeSerializer<Tuple> serializer = serializer(Types.TUPLE(types));
            RowCopier rows = RowClass.of(serializer);
            long[] row = new long[rows.words()];

            assertThat(rows.write(tuple, row)).isTrue();
            long[] batch = new long[3 * row.length];
            System.arraycopy(row, 0, batch, row.length, row.length);
            Object read = rows.read(batch, row.length, rows.part(tuple));

            assertThat(read).isEqualTo(roundTrip(serializer, tuple)).isNotSameAs(tuple);
            assertThat(serialized(serializer, (Tuple) read)).isEqualTo(serialized(serializer, tuple));
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "serial"}) // Flink's tuples copy by a type of their own
    void otherRecordsGoAsObjects() {
        RowCopier rows = RowClass.of(serializer(Types.TUPLE(Types.LONG, Types.STRING)));
        long[] row = new long[1];

        List<Object> others = new ArrayList<>(Arrays.asList(
                null,
                "text",
                Tuple2.of(null, "a"),
                Tuple2.of(1, "a"),
                Tuple2.of(1L, 2L),
                Tuple3.of(1L, "a", 3),
                new Tuple2<>(1L, "a") {}));
        for (Object other : others) {
            assertThat(rows.write(other, row)).as("%s", other).isFalse();
        }
        assertThat(rows.write(Tuple2.of(1L, null), row)).isTrue();
    }

    /** A POJO with fields of all kinds, some private behind getters. */
    public static class Reading {
        public long time;
        public Integer count;
        public String sensor = "none";
        public boolean valid;
        private double value;
        private Short level;

        public double getValue() {
            return value;
        }

        public void setValue(double value) {
            this.value = value;
        }

        public Short getLevel() {
            return level;
        }

        public void setLevel(Short level) {
            this.level = level;
        }
    }

    /** A POJO that inherits. */
    public static class Dated extends Reading {
        public long date;
    }

    @Test
    void pojosAreRowsToo() throws Exception {
        TypeSerializer<Reading> serializer = serializer(Types.POJO(Reading.class));
        RowCopier rows = RowClass.of(serializer);
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            Reading reading = new Reading();
            reading.time = random.nextLong();
            reading.count = random.nextInt();
            reading.sensor = random.nextInt(3) == 0 ? null : "s" + i;
            reading.valid = random.nextBoolean();
            reading.value = Double.longBitsToDouble(random.nextLong());
            reading.level = (short) random.nextInt();
            long[] row = new long[rows.words()];

            assertThat(rows.write(reading, row)).isTrue();
            Reading read = (Reading) rows.read(row, 0, rows.part(reading));

            assertThat(read).isNotSameAs(reading);
            assertThat(serialized(serializer, read)).isEqualTo(serialized(serializer, reading));
        }
        assertThat(rows.write(new Dated(), new long[rows.words()])).isFalse();
        assertThat(rows.write(new Reading(), new long[rows.words()]))
                .as("a boxed field that is null")
                .isFalse();
        assertThat(RowClass.of(serializer(Types.POJO(Dated.class)))).isNull();
    }

    @Test
    void onlyTuplesOfBoxedPrimitivesAndOneStringAreRows() {
        assertThat(RowClass.of(serializer(Types.LONG))).isNull();
        assertThat(RowClass.of(serializer(Types.TUPLE(Types.STRING)))).isNull();
        assertThat(RowClass.of(serializer(Types.TUPLE(Types.STRING, Types.STRING, Types.INT))))
                .isNull();
        assertThat(RowClass.of(serializer(Types.TUPLE(Types.LONG, Types.TUPLE(Types.LONG)))))
                .isNull();
        assertThat(RowClass.of(serializer(Types.TUPLE(Types.LONG, Types.BIG_DEC))))
                .isNull();
    }

    @SuppressWarnings("unchecked")
    private static <T> TypeSerializer<T> serializer(TypeInformation<?> type) {
        return (TypeSerializer<T>) type.createSerializer(new SerializerConfigImpl());
    }

    private static <T> T roundTrip(TypeSerializer<T> serializer, T value) throws Exception {
        return serializer.deserialize(new DataInputDeserializer(serialized(serializer, value)));
    }

    private static <T> byte[] serialized(TypeSerializer<T> serializer, T value) throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(value, out);
        return out.getCopyOfBuffer();
    }
}

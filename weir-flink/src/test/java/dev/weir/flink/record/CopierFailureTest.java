package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.engine.exchange.Copier;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple1;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.NullFieldException;
import org.apache.flink.types.Row;
import org.apache.flink.types.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Flink refuses is refused, with Flink's exception; what it lets pass passes. */
class CopierFailureTest {
    private static final ClassLoader LOADER = CopierFailureTest.class.getClassLoader();

    /** A value its serializer may not take. */
    record Doubtful(String name, TypeSerializer<Object> serializer, Object value) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Doubtful> doubtful() {
        Row wide = Row.of("a", 1);
        Row misnamed = Row.withNames();
        misnamed.setField("nowhere", 1);
        Zoo.Legacy refused = new Zoo.Legacy();
        refused.kept = "refused";
        Zoo.Box<Object> mistyped = new Zoo.Box<>();
        mistyped.content = "no number";
        TypeInformation<?> bean = Types.POJO(Zoo.Bean3.class);
        return Stream.of(
                of("null long", Types.LONG, null),
                of("null string", Types.STRING, null),
                of("null instant", Types.INSTANT, null),
                of("null enum", Types.ENUM(Zoo.Colour.class), null),
                of("null bean", bean, null),
                of("null tuple", Types.TUPLE(Types.STRING), null),
                of("null row", Types.ROW(Types.STRING), null),
                of("null list", Types.LIST(Types.STRING), null),
                of("null array", Types.PRIMITIVE_ARRAY(Types.INT), null),
                of("null string array", Types.OBJECT_ARRAY(Types.STRING), null),
                of("null value", TypeInformation.of(org.apache.flink.types.IntValue.class), null),
                of("null to Kryo", TypeInformation.of(Zoo.Opaque.class), null),
                of("null date", Types.SQL_DATE, null),
                of("null decimal", Types.BIG_DEC, null),
                of("null long in a tuple", Types.TUPLE(Types.STRING, Types.LONG), Tuple2.of("a", null)),
                of("null string in a tuple", Types.TUPLE(Types.STRING, Types.LONG), Tuple2.of(null, 1L)),
                of("null bean in a tuple", Types.TUPLE(bean), Tuple1.of(null)),
                of("null list in a tuple", Types.TUPLE(Types.LIST(bean)), Tuple1.of(null)),
                of(
                        "null deep in tuples",
                        Types.TUPLE(Types.STRING, Types.TUPLE(Types.INT)),
                        Tuple2.of("a", Tuple1.of(null))),
                of(
                        "null timestamp, which upsets what follows",
                        Types.TUPLE(Types.SQL_TIMESTAMP, Types.INT, Types.INT),
                        Tuple3.of(null, 1, 2)),
                of("null in a list of longs", Types.LIST(Types.LONG), Arrays.asList(1L, null)),
                of("null in a list of strings", Types.LIST(Types.STRING), Arrays.asList("a", null)),
                of("null in an array", Types.OBJECT_ARRAY(Types.LONG), new Long[] {1L, null}),
                of("row too wide", Types.ROW(Types.STRING), wide),
                of("row with a name unknown", Types.ROW_NAMED(new String[] {"a"}, Types.INT), misnamed),
                of("names in a row without", Types.ROW(Types.INT), misnamed),
                of("integer for a string", Types.STRING, 1),
                of("integer for a string in a tuple", Types.TUPLE(Types.STRING), Tuple1.of(1)),
                of("tuple for a bean", bean, Tuple1.of(1)),
                of("bean for a tuple", Types.TUPLE(Types.STRING), new Zoo.Bean3()),
                of("mistyped list", Types.LIST(Types.LONG), new ArrayList<>(List.of("a"))),
                of("enum of another class", Types.ENUM(Zoo.Colour.class), Thread.State.NEW),
                of("refusing serializer", TypeInformation.of(Zoo.Legacy.class), refused),
                of(
                        "refusing serializer in a tuple",
                        Types.TUPLE(TypeInformation.of(Zoo.Legacy.class)),
                        Tuple1.of(refused)),
                of("constructor that throws", Types.POJO(Moody.class), new Moody(1)));
    }

    /** Its default constructor fails. */
    public static class Moody {
        public int number;

        public Moody() {
            throw new IllegalStateException("not today");
        }

        Moody(int number) {
            this.number = number;
        }
    }

    @ParameterizedTest
    @MethodSource("doubtful")
    void betweenSubtasksTheAnswerIsTheRoundTrips(Doubtful doubtful) {
        check(doubtful, CopyLaw.ROUND_TRIP);
    }

    @ParameterizedTest
    @MethodSource("doubtful")
    void withinAChainTheAnswerIsTheSerializersCopys(Doubtful doubtful) {
        check(doubtful, CopyLaw.SERIALIZER_COPY);
    }

    private static void check(Doubtful doubtful, CopyLaw law) {
        Copier<Object> copier = Copiers.make(doubtful.serializer(), LOADER, law, 0);
        Object[] results = new Object[2];
        Throwable expected = catchThrowable(() -> results[0] = law == CopyLaw.ROUND_TRIP
                ? CopiersTest.roundTrip(doubtful.serializer(), doubtful.value())
                : doubtful.serializer().copy(doubtful.value()));
        Throwable actual = catchThrowable(() -> results[1] = copier.copy(doubtful.value()));
        if (expected == null) {
            assertThat(actual).isNull();
            assertThat(Graphs.difference("copy", results[0], results[1])).isNull();
        } else {
            assertThat(actual).isNotNull();
            assertThat(actual.getClass()).isEqualTo(expected.getClass());
            if (!(expected instanceof NullPointerException) && !(expected instanceof UncheckedIOException)) {
                assertThat(actual).hasMessage(expected.getMessage());
            }
            if (expected instanceof NullFieldException field) {
                assertThat(((NullFieldException) actual).getFieldPos()).isEqualTo(field.getFieldPos());
            }
        }
    }

    @Test
    void aSerializersInputOutputFailureKeepsItsMessageAndCause() {
        Zoo.Legacy refused = new Zoo.Legacy();
        refused.kept = "refused";
        Copier<Object> copier = Copiers.make(
                CopiersTest.untyped(TypeInformation.of(Zoo.Legacy.class).createSerializer(new SerializerConfigImpl())),
                LOADER,
                CopyLaw.ROUND_TRIP,
                0);
        assertThatThrownBy(() -> copier.copy(refused))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("refused by the user's serializer")
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void readingMoreThanWasWrittenIsBrokenSerialization() {
        assertThatThrownBy(() -> values(Greedy.class).copy(new Greedy()))
                .hasMessageContaining("consumed more bytes")
                .hasMessageContaining("broken serialization.")
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken serialization.")
                .hasCauseInstanceOf(EOFException.class);
    }

    @Test
    void readingLessThanWasWrittenIsBrokenSerialization() {
        assertThatThrownBy(() -> values(Modest.class).copy(new Modest()))
                .hasMessageContaining("consumedBytes=4 < recordBytes=8")
                .hasMessageContaining("broken serialization.");
    }

    @Test
    void aFailureThatDoesNotComeAgainStillFails() {
        Fickle.failures = 1;
        Copier<Object> copier = Copiers.make(
                CopiersTest.untyped(
                        Types.TUPLE(TypeInformation.of(Fickle.class)).createSerializer(new SerializerConfigImpl())),
                LOADER,
                CopyLaw.ROUND_TRIP,
                0);
        assertThatThrownBy(() -> copier.copy(Tuple1.of(new Fickle()))).hasMessage("once");
        assertThat(copier.copy(Tuple1.of(new Fickle()))).isInstanceOf(Tuple1.class);
    }

    @Test
    void aCopierWorksAfterAFailureAndAfterAHugeRecord() {
        Copier<List<Object>> copier = Copiers.make(
                new org.apache.flink.api.common.typeutils.base.ListSerializer<>(CopiersTest.untyped(
                        TypeInformation.of(Zoo.Opaque.class).createSerializer(new SerializerConfigImpl()))),
                LOADER,
                CopyLaw.ROUND_TRIP,
                0);
        assertThatThrownBy(() -> copier.copy(List.of(new Zoo.Opaque().add(new Thread("not serializable")))))
                .isNotNull();
        Zoo.Opaque huge = new Zoo.Opaque().add(new byte[3 << 20]);
        Zoo.Opaque small = new Zoo.Opaque().add("x");
        for (Zoo.Opaque value : List.of(small, huge, small)) {
            assertThat(Graphs.difference(
                            "copy",
                            List.of(value).get(0),
                            copier.copy(List.of(value)).get(0)))
                    .isEqualTo("copy.count: 1 and 0");
        }
    }

    @Test
    void immutableMeansEveryValue() {
        assertThat(Copiers.isImmutable(StringSerializer.INSTANCE)).isTrue();
        assertThat(Copiers.isImmutable(IntSerializer.INSTANCE)).isTrue();
        assertThat(Copiers.isImmutable(BooleanSerializer.INSTANCE)).isTrue();
        assertThat(Copiers.isImmutable(new EnumSerializer<>(Zoo.Colour.class))).isTrue();
        // Flink calls these two immutable; their classes may be extended.
        assertThat(Copiers.isImmutable(Types.BIG_DEC.createSerializer(new SerializerConfigImpl())))
                .isFalse();
        assertThat(Copiers.isImmutable(Types.BIG_INT.createSerializer(new SerializerConfigImpl())))
                .isFalse();
        assertThat(Copiers.isImmutable(
                        TypeInformation.of(Zoo.Point.class).createSerializer(new SerializerConfigImpl())))
                .isFalse();
        assertThat(Copiers.isImmutable(Types.SQL_DATE.createSerializer(new SerializerConfigImpl())))
                .isFalse();
    }

    private static Doubtful of(String name, TypeInformation<?> type, Object value) {
        return new Doubtful(name, CopiersTest.untyped(type.createSerializer(new SerializerConfigImpl())), value);
    }

    private static Copier<Object> values(Class<? extends Value> type) {
        return Copiers.make(
                CopiersTest.untyped(TypeInformation.of(type).createSerializer(new SerializerConfigImpl())),
                LOADER,
                CopyLaw.ROUND_TRIP,
                0);
    }

    /** Reads more than it writes. */
    public static final class Greedy implements Value {
        @Override
        public void write(DataOutputView out) throws IOException {
            out.writeInt(42);
        }

        @Override
        public void read(DataInputView in) throws IOException {
            in.readLong();
        }
    }

    /** Reads less than it writes. */
    public static final class Modest implements Value {
        @Override
        public void write(DataOutputView out) throws IOException {
            out.writeLong(42);
        }

        @Override
        public void read(DataInputView in) throws IOException {
            in.readInt();
        }
    }

    /** Fails a number of times. */
    public static final class Fickle implements Value {
        static int failures;

        @Override
        public void write(DataOutputView out) throws IOException {
            if (failures > 0) {
                failures--;
                throw new IllegalStateException("once");
            }
            out.writeInt(1);
        }

        @Override
        public void read(DataInputView in) throws IOException {
            in.readInt();
        }
    }
}

package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.Copier;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.SetSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple1;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple7;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.RowSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.DoubleValue;
import org.apache.flink.types.IntValue;
import org.apache.flink.types.LongValue;
import org.apache.flink.types.Row;
import org.apache.flink.types.StringValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random values of every type of the zoo, field by field against Flink's serializers. */
class CopiersTest {
    private static final int SAMPLES = 80;

    /** A type and how to make values of it. */
    record Species(String name, TypeSerializer<Object> serializer, Function<Samples, Object> sample) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Species> species() {
        return Stream.concat(
                Stream.of(
                        of("string", Types.STRING, Samples::text),
                        of("int", Types.INT, Samples::number),
                        of("enum", Types.ENUM(Zoo.Colour.class), Samples::colour),
                        of("decimal", Types.BIG_DEC, Samples::decimal),
                        of("instant", Types.INSTANT, s -> Instant.ofEpochMilli(s.number())),
                        of("int array", Types.PRIMITIVE_ARRAY(Types.INT), Samples::ints),
                        of("bean", Types.POJO(Zoo.Bean.class), s -> s.bean(new Zoo.Bean())),
                        of("bean of all kinds", Types.POJO(Zoo.Bean2.class), Samples::bean2),
                        of("subclasses", Types.POJO(Zoo.Bean.class), Samples::anyBean),
                        of("null beans", Types.POJO(Zoo.Bean3.class), s -> s.orNull(s::bean3)),
                        of("superclass elsewhere", Types.POJO(Zoo.Near.class), Samples::near),
                        of(
                                "final fields",
                                Types.POJO(Zoo.Fixed.class),
                                s -> new Zoo.Fixed(s.orNull(s::number), s.list(s::text))),
                        of("abstract class", Types.POJO(Zoo.Shape.class), s -> s.shape(3)),
                        of("record", TypeInformation.of(Zoo.Point.class), Samples::point),
                        of("record with parts", TypeInformation.of(Zoo.Trip.class), Samples::trip),
                        of("null records", TypeInformation.of(Zoo.Trip.class), s -> s.orNull(s::trip)),
                        of(
                                "generic",
                                TypeInformation.of(new TypeHint<Zoo.Box<List<Zoo.Bean3>>>() {}),
                                CopiersTest::box),
                        of("kryo", TypeInformation.of(Zoo.Opaque.class), Samples::opaque),
                        of("anything", TypeInformation.of(Object.class), Samples::anything),
                        of("custom", TypeInformation.of(Zoo.Legacy.class), Samples::legacy)),
                more());
    }

    private static Stream<Species> more() {
        return Stream.of(
                of(
                        "tuple",
                        Types.TUPLE(Types.STRING, Types.POJO(Zoo.Bean.class)),
                        s -> Tuple2.of(s.orNull(s::text), s.anyBean())),
                of(
                        "nested tuples",
                        Types.TUPLE(Types.TUPLE(Types.LONG, Types.LIST(Types.STRING)), Types.INSTANT, Types.BIG_DEC),
                        s -> Tuple3.of(Tuple2.of((long) s.number(), s.list(s::text)), null, s.decimal())),
                of("subclass of a tuple's value", Types.TUPLE(Types.STRING, Types.INT), CopiersTest::anonymous),
                of(
                        "tuple type of the user",
                        new TupleTypeInfo<>(Zoo.Edge.class, Types.STRING, Types.LONG, Types.PRIMITIVE_ARRAY(Types.INT)),
                        s -> new Zoo.Edge(s.text(), 5L, s.ints())),
                of("record in a tuple", Types.TUPLE(TypeInformation.of(Zoo.Trip.class)), s -> Tuple1.of(s.trip())),
                of("values", values(), CopiersTest::values),
                of("row", rows(), Samples::row),
                of(
                        "rows with names",
                        Types.ROW_NAMED(
                                new String[] {"a", "b", "c"}, Types.STRING, Types.INT, Types.POJO(Zoo.Bean.class)),
                        Samples::namedRow),
                new Species("rows without kind", rowsWithoutKind(), Samples::row),
                of("list", Types.LIST(Types.POJO(Zoo.Bean.class)), s -> s.list(s::anyBean)),
                of("map", Types.MAP(Types.STRING, Types.POJO(Zoo.Bean3.class)), s -> s.map(() -> s.orNull(s::bean3))),
                of("array", Types.OBJECT_ARRAY(Types.POJO(Zoo.Bean3.class)), s -> s.list(() -> s.orNull(s::bean3))
                        .toArray(new Zoo.Bean3[0])),
                of("array of enums", Types.OBJECT_ARRAY(Types.ENUM(Zoo.Colour.class)), s -> s.list(
                                () -> s.orNull(s::colour))
                        .toArray(new Zoo.Colour[0])),
                of("either", Types.EITHER(Types.STRING, Types.POJO(Zoo.Bean3.class)), Samples::either),
                new Species("set", untyped(new SetSerializer<>(StringSerializer.INSTANCE)), CopiersTest::set),
                new Species(
                        "nullable",
                        untyped(NullableSerializer.wrap(LongSerializer.INSTANCE, true)),
                        s -> s.orNull(() -> 5L)),
                new Species("registered subclasses", registered(), Samples::anyBean));
    }

    @ParameterizedTest
    @MethodSource("species")
    void aCopyBetweenSubtasksEqualsARoundTrip(Species species) {
        check(species, CopyLaw.ROUND_TRIP);
    }

    @ParameterizedTest
    @MethodSource("species")
    void aCopyWithinAChainEqualsTheSerializersCopy(Species species) {
        check(species, CopyLaw.SERIALIZER_COPY);
    }

    @ParameterizedTest
    @MethodSource("species")
    void whatHasPartsIsCopiedByGeneratedCode(Species species) {
        Class<?> serializer = species.serializer().getClass();
        boolean hasParts = serializer == TupleSerializer.class
                || serializer == RowSerializer.class
                || (serializer == PojoSerializer.class && !species.name().equals("abstract class"));
        for (CopyLaw law : CopyLaw.values()) {
            Class<?> copy = new CopyBuilder(law).build(species.serializer()).getClass();
            assertThat(copy.isHidden()).isEqualTo(hasParts);
        }
    }

    private static void check(Species species, CopyLaw law) {
        ClassLoader loader = CopiersTest.class.getClassLoader();
        Copier<Object> copier = Copiers.make(species.serializer(), loader, law, 5);
        // Without the serializer to fall back on when it throws.
        UnaryOperator<Object> bare =
                new CopyBuilder(law).build(species.serializer().duplicate());
        TypeSerializer<Object> oracle = species.serializer().duplicate();
        for (int seed = 0; seed < SAMPLES; seed++) {
            Object value = species.sample().apply(new Samples(seed));
            Object untouched = species.sample().apply(new Samples(seed));
            Object expected = law == CopyLaw.ROUND_TRIP ? roundTrip(oracle, value) : oracle.copy(value);
            boolean sharing = law == CopyLaw.SERIALIZER_COPY && Graphs.shared(value, expected) != null;
            for (Object copy : new Object[] {copier.copy(value), bare.apply(value)}) {
                assertThat(Graphs.difference("copy", expected, copy))
                        .as("seed %s", seed)
                        .isNull();
                if (!sharing) {
                    assertThat(Graphs.shared(value, copy)).as("seed %s", seed).isNull();
                }
            }
            assertThat(Graphs.difference("value", untouched, value))
                    .as("seed %s", seed)
                    .isNull();
        }
    }

    static Object roundTrip(TypeSerializer<Object> serializer, Object value) {
        try {
            DataOutputSerializer output = new DataOutputSerializer(64);
            serializer.serialize(value, output);
            DataInputDeserializer input = new DataInputDeserializer(output.getCopyOfBuffer());
            Object copy = serializer.deserialize(input);
            if (input.available() > 0) {
                throw new java.io.IOException("the next record would start at the wrong byte");
            }
            return copy;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Species of(String name, TypeInformation<?> type, Function<Samples, Object> sample) {
        return new Species(name, untyped(type.createSerializer(new SerializerConfigImpl())), sample);
    }

    @SuppressWarnings("unchecked")
    static TypeSerializer<Object> untyped(TypeSerializer<?> serializer) {
        return (TypeSerializer<Object>) serializer;
    }

    private static Object box(Samples samples) {
        Zoo.Box<List<Zoo.Bean3>> box = new Zoo.Box<>();
        box.content = samples.orNull(() -> samples.list(samples::bean3));
        box.spare = samples.orNull(() -> samples.list(() -> samples.list(samples::bean3)));
        return box;
    }

    @SuppressWarnings("unchecked")
    private static Object anonymous(Samples samples) {
        Tuple2<String, Integer> tuple = samples.coin() ? new Tuple2<>() : new Tuple2<String, Integer>() {};
        tuple.setFields(samples.text(), samples.number());
        return tuple;
    }

    private static TypeInformation<?> values() {
        return Types.TUPLE(
                TypeInformation.of(IntValue.class),
                TypeInformation.of(LongValue.class),
                TypeInformation.of(StringValue.class),
                TypeInformation.of(DoubleValue.class),
                Types.SQL_DATE,
                Types.SQL_TIME,
                Types.SQL_TIMESTAMP);
    }

    private static Object values(Samples samples) {
        return new Tuple7<>(
                samples.coin() ? new IntValue(samples.number()) : new Counted(samples.number()),
                new LongValue(samples.number()),
                new StringValue(samples.text()),
                new DoubleValue(samples.number()),
                new java.sql.Date(samples.number()),
                new java.sql.Time(samples.coin() ? samples.number() : Long.MIN_VALUE),
                new java.sql.Timestamp(samples.number()));
    }

    /** A value type of the user's. */
    static final class Counted extends IntValue {
        private static final long serialVersionUID = 1L;

        Counted(int value) {
            super(value);
        }
    }

    private static TypeInformation<Row> rows() {
        return Types.ROW(Types.STRING, Types.INT, Types.POJO(Zoo.Bean.class), Types.PRIMITIVE_ARRAY(Types.INT));
    }

    private static TypeSerializer<Object> rowsWithoutKind() {
        TypeSerializer<?>[] fields = Stream.of(
                        Types.STRING, Types.INT, Types.POJO(Zoo.Bean.class), Types.PRIMITIVE_ARRAY(Types.INT))
                .map(type -> type.createSerializer(new SerializerConfigImpl()))
                .toArray(TypeSerializer<?>[]::new);
        LinkedHashMap<String, Integer> names = new LinkedHashMap<>(Map.of("a", 0, "b", 1, "c", 2, "d", 3));
        return untyped(new RowSerializer(fields, names, false));
    }

    private static TypeSerializer<Object> registered() {
        SerializerConfigImpl config = new SerializerConfigImpl();
        config.registerPojoType(Zoo.OtherBean.class);
        config.registerPojoType(Zoo.SubBean.class);
        return untyped(Types.POJO(Zoo.Bean.class).createSerializer(config));
    }

    private static Set<String> set(Samples samples) {
        Set<String> set = new TreeSet<>();
        set.addAll(samples.list(samples::text));
        return set;
    }
}

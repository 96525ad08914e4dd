package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.types.Either;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** Records of every type, and inputs that are empty, large, many or of one key. */
final class Extremes {
    private Extremes() {}

    static List<Program> programs() {
        return List.of(
                program("type-pojo-with-null-fields", Extremes::nullFields),
                program("type-nested-pojo-and-subclass", Extremes::nested),
                program("type-rows-with-nulls-and-kinds", Extremes::rows),
                program("type-either", Extremes::either),
                program("type-enum-big-numbers-and-time", Extremes::scalars),
                program("type-generic-by-kryo", Extremes::kryo),
                program("type-maps-and-lists", Extremes::collections),
                program("type-tuple-of-arrays", Extremes::tupleOfArrays),
                program("empty-source", Extremes::emptySource),
                program("everything-filtered-out", Extremes::allFiltered),
                program("one-key-only", Extremes::oneKey),
                program("a-million-keys", Extremes::millionKeys),
                program("huge-records", Extremes::hugeRecords),
                program("many-small-records", Extremes::manySmall),
                program("wide-fan-out", Extremes::wideFanOut));
    }

    /** A POJO whose fields may all be null. */
    public static final class Sparse {
        public @Nullable String name;
        public @Nullable Integer number;
        public @Nullable List<String> tags;
        public int @Nullable [] array;

        @Override
        public String toString() {
            return name + "/" + number + "/" + tags + "/" + Arrays.toString(array);
        }
    }

    private static Sparse sparse(long n) {
        Sparse sparse = new Sparse();
        sparse.name = n % 2 == 0 ? null : "name" + n;
        sparse.number = n % 3 == 0 ? null : (int) n;
        sparse.tags = n % 4 == 0 ? null : new ArrayList<>(List.of("t" + n));
        sparse.array = n % 5 == 0 ? null : new int[] {(int) n};
        return sparse;
    }

    private static void nullFields(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 60)
                .map(Extremes::sparse)
                .rebalance()
                .map(sparse -> {
                    sparse.name = sparse.name == null ? "was null" : null;
                    return sparse;
                })
                .keyBy(sparse -> Objects.hash(sparse.number) % 3)
                .map(Sparse::toString));
        env.execute();
    }

    /** A reading that knows more; Flink serializes it as a subclass. */
    public static final class Detailed extends Reading {
        private static final long serialVersionUID = 1L;

        public Reading before = new Reading();
        public double weight;

        @Override
        public String toString() {
            return super.toString() + " after " + before + " weighs " + weight;
        }
    }

    private static void nested(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 30)
                .map(n -> {
                    if (n % 3 == 0) {
                        return new Reading("plain", n, 0);
                    }
                    Detailed detailed = new Detailed();
                    detailed.key = "detailed";
                    detailed.time = n;
                    detailed.before = new Reading("before", n - 1, 1);
                    detailed.weight = n / 4.0;
                    return detailed;
                })
                .returns(Reading.class)
                .keyBy(Reading::getKey)
                .map(reading -> reading)
                .returns(Reading.class)
                .rebalance()
                .map(Reading::toString));
        env.execute();
    }

    private static void rows(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        TypeInformation<Row> type = Types.ROW_NAMED(
                new String[] {"n", "text", "inner"}, Types.LONG, Types.STRING, Types.ROW(Types.INT, Types.BOOLEAN));
        run.collect(env.fromSequence(1, 40)
                .map(n -> {
                    Row row = Row.withPositions(n % 4 == 0 ? RowKind.DELETE : RowKind.INSERT, 3);
                    row.setField(0, n);
                    row.setField(1, n % 2 == 0 ? null : "text" + n);
                    row.setField(2, n % 3 == 0 ? null : Row.of((int) (long) n, n > 20));
                    return row;
                })
                .returns(type)
                .keyBy(row -> (Long) row.getField(0) % 4)
                .map(row -> {
                    row.setField(0, (Long) row.getField(0) + 100);
                    return row;
                })
                .returns(type)
                .rebalance());
        env.execute();
    }

    private static void either(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20)
                .map(n -> n % 2 == 0 ? Either.<Long, String>Left(n) : Either.<Long, String>Right("odd " + n))
                .returns(Types.EITHER(Types.LONG, Types.STRING))
                .rebalance());
        env.execute();
    }

    private enum Colour {
        RED,
        GREEN,
        BLUE
    }

    private static void scalars(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 12);
        run.collect(numbers.map(n -> Colour.values()[(int) (n % 3)]).rebalance());
        run.collect(numbers.map(n -> BigDecimal.valueOf(n, 3)).rebalance());
        run.collect(numbers.map(n -> BigInteger.TWO.pow((int) (n * 20))).rebalance());
        run.collect(numbers.map(n -> Instant.ofEpochSecond(n, n))
                .returns(Types.INSTANT)
                .rebalance());
        run.collect(numbers.map(n -> LocalDate.ofEpochDay(n * 1000))
                .returns(Types.LOCAL_DATE)
                .rebalance());
        run.collect(numbers.map(n -> (char) ('a' + n)).rebalance());
        run.collect(numbers.map(n -> (short) (n * 3)).rebalance());
        run.collect(numbers.map(n -> n / 3.0f).rebalance());
        env.execute();
    }

    private static void kryo(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20)
                .map(n -> {
                    BitSet bits = new BitSet();
                    bits.set((int) (n % 7));
                    bits.set((int) (n % 11));
                    return bits;
                })
                .returns(Types.GENERIC(BitSet.class))
                .rebalance()
                .map(bits -> {
                    bits.set(60);
                    return bits;
                })
                .returns(Types.GENERIC(BitSet.class))
                .broadcast()
                .map(BitSet::toString)
                .setParallelism(2));
        env.execute();
    }

    private static void collections(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        TypeInformation<Map<String, List<Long>>> type = Types.MAP(Types.STRING, Types.LIST(Types.LONG));
        run.collect(env.fromSequence(1, 20)
                .map(n -> Map.of("a" + n, List.of(n, n + 1), "b", List.<Long>of()))
                .returns(type)
                .rebalance()
                .map(map -> {
                    map.put("c", List.of(9L));
                    return map;
                })
                .returns(type)
                .rebalance()
                .map(map -> new TreeMap<>(map).toString()));
        env.execute();
    }

    private static void tupleOfArrays(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        TypeInformation<Tuple3<byte[], String[], Long>> type =
                Types.TUPLE(Types.PRIMITIVE_ARRAY(Types.BYTE), Types.OBJECT_ARRAY(Types.STRING), Types.LONG);
        run.collect(env.fromSequence(1, 20)
                .map(n -> Tuple3.of(new byte[] {(byte) (long) n}, new String[] {"s" + n, null}, n))
                .returns(type)
                .keyBy(tuple -> tuple.f2 % 3)
                .map(tuple -> {
                    tuple.f0[0]++;
                    tuple.f1[1] = "filled";
                    return tuple;
                })
                .returns(type)
                .map(tuple -> Arrays.toString(tuple.f0) + Arrays.toString(tuple.f1) + tuple.f2));
        env.execute();
    }

    private static void emptySource(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.board().open("at once");
        DataStream<Reading> none =
                HeldSource.of(run, env, 0, "at once").assignTimestampsAndWatermarks(Reading.punctuated(0));
        run.collect(none.keyBy(Reading::getKey).sum("value"));
        run.collect(none.keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(10)))
                .process(new Windows.Contents()));
        run.collect("other ", none.map(Reading::toString).union(env.fromData("there")));
        env.execute();
    }

    private static void allFiltered(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 5000).filter(n -> n < 0).keyBy(n -> n).reduce(Long::sum));
        env.execute();
        run.line("ended");
    }

    private static void oneKey(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20_000)
                .keyBy(n -> "the only one")
                .process(new Count<>())
                .filter(text -> text.endsWith("0000")));
        env.execute();
    }

    private static void millionKeys(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(0, 1_099_999)
                .map(n -> Tuple2.of(n % 1_000_000, 1L))
                .returns(Types.TUPLE(Types.LONG, Types.LONG))
                .keyBy(pair -> pair.f0)
                .sum(1)
                .filter(pair -> pair.f1 == 2 && pair.f0 % 1000 == 0));
        env.execute();
    }

    private static void hugeRecords(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 4)
                .map(n -> {
                    byte[] bytes = new byte[10 << 20];
                    Arrays.fill(bytes, (byte) (long) n);
                    return bytes;
                })
                .rebalance()
                .map(bytes -> {
                    bytes[0] = 42;
                    return bytes;
                })
                .keyBy(bytes -> bytes[1] % 2)
                .map(bytes -> bytes.length + " " + Arrays.hashCode(bytes)));
        env.execute();
    }

    private static void manySmall(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 300_000)
                .rebalance()
                .map(n -> n + 1)
                .keyBy(n -> n % 13)
                .process(new Count<>())
                .filter(text -> text.endsWith("#23000")));
        env.execute();
    }

    private static void wideFanOut(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 20);
        DataStream<Long> all = numbers;
        for (int i = 1; i <= 15; i++) {
            int branch = i;
            DataStream<Long> mapped = numbers.rebalance().map(n -> n * 100 + branch);
            all = all.union(mapped);
        }
        run.collect(all.keyBy(n -> n).map(n -> n));
        env.execute();
    }
}

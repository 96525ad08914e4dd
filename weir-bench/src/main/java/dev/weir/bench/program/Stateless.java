package dev.weir.bench.program;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;

/** Six small functions in a chain, none with state: what remains is what an engine does between functions. */
public final class Stateless implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                env.fromSequence(0, input.records() - 1)
                        .map(new Records(input))
                        .filter(record -> record.f2 % 8 != 0)
                        .map(record -> Tuple3.of(record.f0, record.f1, record.f2 + 1))
                        .returns(Types.TUPLE(Types.LONG, Types.LONG, Types.LONG))
                        .flatMap(new Twice())
                        .filter(record -> record.f1 % 4 != 3)
                        .map(record -> Tuple3.of(record.f0, Hash.mix(record.f1), record.f2))
                        .returns(Types.TUPLE(Types.LONG, Types.LONG, Types.LONG)),
                new Checks.Triple());
    }

    private static final class Records extends Meter<Long, Tuple3<Long, Long, Long>> {
        private final Stream input;

        Records(Stream input) {
            this.input = input;
        }

        @Override
        protected Tuple3<Long, Long, Long> make(Long i) {
            return Tuple3.of(input.key(i), i, input.value(i));
        }
    }

    /** Each fourth record a second time. */
    private static final class Twice implements FlatMapFunction<Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
        @Override
        public void flatMap(Tuple3<Long, Long, Long> record, Collector<Tuple3<Long, Long, Long>> out) {
            out.collect(record);
            if (record.f0 % 4 == 0) {
                out.collect(Tuple3.of(record.f0, record.f1, -record.f2));
            }
        }
    }
}

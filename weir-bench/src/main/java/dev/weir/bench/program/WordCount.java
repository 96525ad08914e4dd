package dev.weir.bench.program;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Lines;
import dev.weir.bench.input.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;

/** Splits lines into words and counts each, as the first example of every manual does. */
public final class WordCount implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                env.fromSource(
                                new DataGeneratorSource<String>(Lines::at, input.records(), Types.STRING),
                                WatermarkStrategy.noWatermarks(),
                                "lines")
                        .map(new Counted())
                        .flatMap(new Split())
                        .keyBy(word -> word.f0)
                        .sum(1),
                new WordCheck());
    }

    private static final class Counted extends Meter<String, String> {
        @Override
        protected String make(String line) {
            return line;
        }
    }

    private static final class Split implements FlatMapFunction<String, Tuple2<String, Integer>> {
        @Override
        public void flatMap(String line, Collector<Tuple2<String, Integer>> out) {
            for (String word : line.split(" ", -1)) {
                out.collect(Tuple2.of(word, 1));
            }
        }
    }

    private static final class WordCheck extends Check<Tuple2<String, Integer>> {
        @Override
        protected long hash(Tuple2<String, Integer> count) {
            return Hash.of(count.f0.hashCode(), count.f1);
        }
    }
}

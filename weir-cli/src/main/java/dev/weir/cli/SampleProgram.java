package dev.weir.cli;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A small word count. The build runs it once to learn which classes a job loads, for the class archive; it also serves as a
 * program to try an installation with.
 */
public final class SampleProgram {
    private SampleProgram() {}

    /** Counts words in a sequence of lines and prints the counts. */
    public static void main(String[] args) throws Exception {
        int records = args.length == 0 ? 100 : Integer.parseInt(args[0]);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        DataStream<String> lines =
                env.fromSequence(1, records).map(number -> "word" + number % 10 + " word" + number % 7);
        lines.flatMap((String line, org.apache.flink.util.Collector<Tuple2<String, Integer>> out) -> {
                    for (String word : line.split(" ", -1)) {
                        out.collect(Tuple2.of(word, 1));
                    }
                })
                .returns(Types.TUPLE(Types.STRING, Types.INT))
                .keyBy(count -> count.f0)
                .sum(1)
                .print();
        env.execute("sample");
    }
}

package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Stateless and simple keyed transformations. */
final class Transformations {
    private Transformations() {}

    static List<Program> programs() {
        return List.of(
                program("map", Transformations::map),
                program("flat-map-and-filter", Transformations::flatMapAndFilter),
                program("word-count", Transformations::wordCount),
                program("process-with-context", Transformations::processWithContext),
                program("order-kept-on-one-channel", Transformations::orderKept, Trait.ORDERED),
                program("keyed-reduce", Transformations::keyedReduce),
                program("keyed-sum-min-max", Transformations::sumMinMax),
                program("keyed-min-by-max-by", Transformations::minByMaxBy),
                program("project", Transformations::project),
                program("union", Transformations::union),
                program("union-with-itself", Transformations::unionWithItself),
                program("union-around-a-chain", Transformations::unionAroundAChain),
                program("side-outputs", Transformations::sideOutputs),
                program("side-outputs-of-one-tag-unioned", Transformations::sideOutputsUnioned),
                program("side-output-without-consumer", Transformations::sideOutputWithoutConsumer),
                program("rich-life-cycle", Transformations::richLifeCycle, Trait.BY_PARALLELISM),
                program("fan-out-and-in", Transformations::fanOutAndIn),
                program("deep-chain", Transformations::deepChain),
                program("two-disconnected-pipelines", Transformations::disconnected));
    }

    private static void map(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 100).map(n -> n * n));
        env.execute();
    }

    private static void flatMapAndFilter(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 50)
                .filter(n -> n % 3 != 0)
                .flatMap((Long n, Collector<String> out) -> {
                    for (int i = 0; i < n % 4; i++) {
                        out.collect(n + "/" + i);
                    }
                })
                .returns(Types.STRING));
        env.execute();
    }

    private static void wordCount(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData("to be or not to be", "that is the question", "be it so")
                .flatMap((String line, Collector<Tuple2<String, Integer>> out) -> {
                    for (String word : line.split(" ")) {
                        out.collect(Tuple2.of(word, 1));
                    }
                })
                .returns(Types.TUPLE(Types.STRING, Types.INT))
                .keyBy(pair -> pair.f0)
                .sum(1));
        env.execute();
    }

    private static void processWithContext(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(30, 3)).process(new ProcessFunction<Reading, String>() {
            @Override
            public void processElement(Reading reading, Context context, Collector<String> out) {
                out.collect(reading + " stamped " + context.timestamp());
            }
        }));
        env.execute();
    }

    private static void orderKept(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Integer> numbers = env.fromData(new int[0].length, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144);
        run.collectInOrder(numbers.map(n -> "a" + n)
                .setParallelism(1)
                .disableChaining()
                .map(text -> text + "b")
                .setParallelism(1));
        env.execute();
    }

    private static void keyedReduce(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(60, 7))
                .keyBy(Reading::getKey)
                .reduce((a, b) -> new Reading(a.key, Math.max(a.time, b.time), a.value + b.value)));
        env.execute();
    }

    private static void sumMinMax(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(40, 4));
        run.collect("sum ", readings.keyBy(Reading::getKey).sum("value"));
        run.collect("min ", readings.keyBy(Reading::getKey).min("value"));
        run.collect("max ", readings.keyBy(Reading::getKey).max("value"));
        env.execute();
    }

    private static void minByMaxBy(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(40, 4));
        run.collect("minBy ", readings.keyBy(Reading::getKey).minBy("value"));
        run.collect("minBy last ", readings.keyBy(Reading::getKey).minBy("value", false));
        run.collect("maxBy ", readings.keyBy(Reading::getKey).maxBy("value"));
        run.collect("maxBy last ", readings.keyBy(Reading::getKey).maxBy("value", false));
        env.execute();
    }

    private static void project(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Tuple3<Integer, String, Double>> triples =
                env.fromData(Tuple3.of(1, "one", 1.5), Tuple3.of(2, "two", 2.5), Tuple3.of(3, "three", 3.5));
        run.collect(triples.<Tuple2<Double, Integer>>project(2, 0));
        env.execute();
    }

    private static void union(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> low = env.fromSequence(1, 20);
        DataStream<Long> high = env.fromSequence(100, 110);
        DataStream<Long> data = env.fromData(7L, 7L, 7L);
        run.collect(low.union(high, data).map(n -> n + 1));
        env.execute();
    }

    private static void unionWithItself(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 20);
        run.collect("twice ", numbers.union(numbers).map(n -> -n));
        DataStream<Long> mapped = numbers.map(n -> n * 10);
        run.collect("thrice ", mapped.union(mapped, mapped).keyBy(n -> n).reduce(Long::sum));
        env.execute();
    }

    private static void unionAroundAChain(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 30);
        DataStream<Long> even = numbers.filter(n -> n % 2 == 0);
        DataStream<Long> odd = numbers.filter(n -> n % 2 == 1).map(n -> -n);
        run.collect(even.union(odd, numbers).map(n -> "n" + n));
        env.execute();
    }

    private static void sideOutputs(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<String> small = new OutputTag<>("small") {};
        OutputTag<Long> large = new OutputTag<>("large") {};
        SingleOutputStreamOperator<Long> main = env.fromSequence(1, 40).process(new Splitter(small, large));
        run.collect("main ", main);
        run.collect("small ", main.getSideOutput(small));
        run.collect("large ", main.getSideOutput(large).keyBy(n -> n % 2).process(new Count<>()));
        run.collect("large again ", main.getSideOutput(large).map(n -> n / 2));
        env.execute();
    }

    private static void sideOutputsUnioned(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<String> small = new OutputTag<>("small") {};
        OutputTag<Long> large = new OutputTag<>("large") {};
        SingleOutputStreamOperator<Long> first = env.fromSequence(1, 20).process(new Splitter(small, large));
        SingleOutputStreamOperator<Long> second = env.fromSequence(5, 25).process(new Splitter(small, large));
        run.collect(first.getSideOutput(large).union(second.getSideOutput(large), second));
        env.execute();
    }

    private static void sideOutputWithoutConsumer(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<String> small = new OutputTag<>("small") {};
        OutputTag<Long> large = new OutputTag<>("large") {};
        run.collect(env.fromSequence(1, 40).process(new Splitter(small, large)));
        env.execute();
    }

    private static void richLifeCycle(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 10).map(new LifeCycle(run.id())).name("counted"));
        env.execute();
    }

    private static void fanOutAndIn(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 25).map(n -> n);
        DataStream<Long> one = numbers.map(n -> n + 1000).rebalance();
        DataStream<Long> two = numbers.keyBy(n -> n % 5).map(n -> n + 2000);
        DataStream<Long> three = numbers.map(n -> n + 3000).startNewChain();
        run.collect(one.union(two, three, numbers).keyBy(n -> n % 1000).process(new Count<>()));
        env.execute();
    }

    private static void deepChain(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 10);
        for (int i = 0; i < 60; i++) {
            int step = i;
            numbers = numbers.map(n -> n * 3 % 1009 + step);
        }
        run.collect(numbers);
        env.execute();
    }

    private static void disconnected(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect("a ", env.fromSequence(1, 10));
        run.collect("b ", env.fromData("x", "y", "z").map(String::toUpperCase));
        env.execute();
    }

    private static final class Splitter extends ProcessFunction<Long, Long> {
        private final OutputTag<String> small;
        private final OutputTag<Long> large;

        private Splitter(OutputTag<String> small, OutputTag<Long> large) {
            this.small = small;
            this.large = large;
        }

        @Override
        public void processElement(Long n, Context context, Collector<Long> out) {
            if (n < 10) {
                context.output(small, "<" + n + ">");
            } else if (n > 15) {
                context.output(large, n);
                context.output(large, n * 10);
            }
            out.collect(n);
        }
    }

    /** Says when it is opened and closed, and what its runtime context tells. */
    private static final class LifeCycle extends RichMapFunction<Long, Long> {
        private final String runId;

        private LifeCycle(String runId) {
            this.runId = runId;
        }

        @Override
        public void open(OpenContext context) {
            var task = getRuntimeContext().getTaskInfo();
            Board.of(runId)
                    .line("open " + task.getIndexOfThisSubtask() + " of " + task.getNumberOfParallelSubtasks() + " max "
                            + task.getMaxNumberOfParallelSubtasks() + " attempt " + task.getAttemptNumber());
        }

        @Override
        public Long map(Long value) {
            return value;
        }

        @Override
        public void close() {
            Board.of(runId).line("close");
        }
    }
}

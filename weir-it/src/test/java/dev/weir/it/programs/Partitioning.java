package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** How records are distributed over subtasks, and how operators are chained and placed. */
final class Partitioning {
    private Partitioning() {}

    static List<Program> programs() {
        return List.of(
                program("rebalance-deals-round-robin", Partitioning::rebalance, Trait.BY_PARALLELISM),
                program("rescale-up-and-down", Partitioning::rescale),
                program("shuffle", Partitioning::shuffle),
                program("global-goes-to-the-first-subtask", Partitioning::global),
                program("broadcast-goes-to-all", Partitioning::broadcast, Trait.BY_PARALLELISM),
                program("forward", Partitioning::forward),
                program("custom-partitioner", Partitioning::custom, Trait.BY_PARALLELISM),
                program("key-groups-choose-the-subtask", Partitioning::keyGroups, Trait.BY_PARALLELISM),
                program("max-parallelism-chooses-the-subtask", Partitioning::maxParallelism, Trait.BY_PARALLELISM),
                program("keys-of-every-kind", Partitioning::keysOfEveryKind),
                program("reinterpret-as-keyed-stream", Partitioning::reinterpret),
                program("chaining-disabled-everywhere", Partitioning::chainingDisabled),
                program("chains-started-and-broken", Partitioning::chains),
                program("slot-sharing-groups", Partitioning::slotSharing),
                program("buffer-timeout-zero", run -> bufferTimeout(run, "0 ms")),
                program("buffer-timeout-never", run -> bufferTimeout(run, "-1 ms")),
                program("parallelism-changes-on-every-edge", Partitioning::parallelismChanges));
    }

    private static DataStream<Long> numbers(StreamExecutionEnvironment env, int n) {
        return env.fromData(LongStream.rangeClosed(1, n).boxed().toList());
    }

    private static void rebalance(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        // where the round starts is random in Flink, so the counts are compared, not the subtasks
        run.collect(numbers(env, 60)
                .rebalance()
                .map(new WithSubtask())
                .map(pair -> Tuple2.of(pair.f0, 1))
                .returns(Types.TUPLE(Types.INT, Types.INT))
                .keyBy(pair -> pair.f0)
                .sum(1)
                .map(pair -> pair.f1));
        env.execute();
    }

    private static void rescale(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 60).map(n -> n).setParallelism(2);
        run.collect(numbers.rescale()
                .map(n -> n * 2)
                .setParallelism(4)
                .rescale()
                .map(n -> n + 1)
                .setParallelism(2));
        run.collect("uneven ", numbers.rescale().map(n -> n * 2).setParallelism(3));
        env.execute();
    }

    private static void shuffle(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 100).shuffle().map(n -> -n));
        env.execute();
    }

    private static void global(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 30).global().map(new WithSubtask()));
        env.execute();
    }

    private static void broadcast(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 10).broadcast().map(new WithSubtask()));
        env.execute();
    }

    private static void forward(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 30)
                .map(new WithSubtask())
                .forward()
                .map(new StaysHere())
                .disableChaining());
        env.execute();
    }

    private static void custom(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 40)
                .partitionCustom((key, n) -> key % n, (Long n) -> (int) (n / 7))
                .map(new WithSubtask()));
        env.execute();
    }

    private static void keyGroups(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                env.fromSequence(1, 200).map(n -> "key" + n).keyBy(key -> key).map(new WithSubtaskOf()));
        env.execute();
    }

    private static void maxParallelism(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.setMaxParallelism(7);
        run.collect(
                "job ",
                env.fromSequence(1, 60).map(n -> "key" + n).keyBy(key -> key).map(new WithSubtaskOf()));
        run.collect(
                "operator ",
                env.fromSequence(1, 60)
                        .map(n -> "key" + n)
                        .keyBy(key -> key)
                        .map(new WithSubtaskOf())
                        .setMaxParallelism(1000));
        env.execute();
    }

    /** Key types with hash rules of their own; an enum has a stable key group only through its ordinal. */
    private static void keysOfEveryKind(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 40);
        count(run, "long ", numbers, n -> n % 3);
        count(run, "string ", numbers, n -> "s" + n % 3);
        count(run, "boolean ", numbers, n -> n % 2 == 0);
        count(run, "double ", numbers, n -> (n % 3) / 2.0);
        count(run, "reading ", numbers, n -> new Reading("r" + n % 2, n % 3, 0));
        run.collect(
                "tuple ",
                numbers.map(n -> Tuple2.of(n % 2, "t" + n % 3))
                        .returns(Types.TUPLE(Types.LONG, Types.STRING))
                        .keyBy(pair -> pair, Types.TUPLE(Types.LONG, Types.STRING))
                        .process(new Count<>()));
        env.execute();
    }

    private static <K> void count(Run run, String prefix, DataStream<Long> numbers, KeySelector<Long, K> key) {
        run.collect(prefix, numbers.keyBy(key).process(new Count<>()));
    }

    private static void reinterpret(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(50, 5))
                .keyBy(Reading::getKey)
                .map(r -> new Reading(r.key, r.time, r.value + 1));
        run.collect(DataStreamUtils.reinterpretAsKeyedStream(readings, Reading::getKey)
                .sum("value"));
        env.execute();
    }

    private static void chainingDisabled(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.disableOperatorChaining();
        run.collect(
                env.fromSequence(1, 50).map(n -> n + 1).filter(n -> n % 2 == 0).map(n -> n * n));
        env.execute();
    }

    private static void chains(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 50)
                .map(n -> n + 1)
                .startNewChain()
                .filter(n -> n % 2 == 0)
                .map(n -> n * n)
                .disableChaining()
                .map(n -> n - 1)
                .map(n -> n / 2)
                .startNewChain());
        env.execute();
    }

    private static void slotSharing(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 50)
                .map(n -> n + 1)
                .slotSharingGroup("first")
                .map(n -> n * 2)
                .slotSharingGroup("second")
                .keyBy(n -> n % 3)
                .process(new Count<>())
                .slotSharingGroup("first")
                .map(String::length));
        env.execute();
    }

    private static void bufferTimeout(Run run, String timeout) throws Exception {
        Configuration configuration = new Configuration();
        if (timeout.startsWith("-")) {
            configuration.set(ExecutionOptions.BUFFER_TIMEOUT_ENABLED, false);
        } else {
            configuration.setString(ExecutionOptions.BUFFER_TIMEOUT.key(), timeout);
        }
        StreamExecutionEnvironment env = run.env(configuration);
        run.collect(env.fromSequence(1, 2000)
                .keyBy(n -> n % 11)
                .process(new Count<>())
                .rebalance()
                .map(text -> text + "!"));
        env.execute();
    }

    private static void parallelismChanges(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 100);
        for (int parallelism : new int[] {3, 1, 4, 2, 1}) {
            numbers = numbers.map(n -> n + 1).setParallelism(parallelism);
        }
        run.collect(numbers);
        env.execute();
    }

    private static final class WithSubtask extends RichMapFunction<Long, Tuple2<Integer, Long>> {
        @Override
        public Tuple2<Integer, Long> map(Long value) {
            return Tuple2.of(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), value);
        }
    }

    private static final class WithSubtaskOf extends RichMapFunction<String, String> {
        @Override
        public String map(String value) {
            return value + " on " + getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        }
    }

    private static final class StaysHere extends RichMapFunction<Tuple2<Integer, Long>, String> {
        @Override
        public String map(Tuple2<Integer, Long> value) {
            return value.f1
                    + (value.f0 == getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() ? " here" : " moved");
        }
    }
}

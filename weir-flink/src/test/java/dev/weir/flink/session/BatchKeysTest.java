package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.operators.Order;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys of batch mode and of what sorts, each changed and its effect seen in a job. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BatchKeysTest {
    /** Static as functions are serialized. */
    private static final ConcurrentLinkedQueue<String> SEEN = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        SEEN.clear();
    }

    private StreamExecutionEnvironment environment(String... keysAndValues) {
        Configuration configuration = new Configuration();
        configuration.setString("execution.runtime-mode", "BATCH");
        configuration.setString("io.tmp.dirs", directory.toString());
        configuration.setString("taskmanager.memory.managed.size", "1mb");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        return StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
    }

    /** Tells the records and timers that it sees. */
    private static final class Telling extends KeyedProcessFunction<Long, Long, Long> {
        @Override
        public void processElement(Long value, Context context, Collector<Long> out) {
            SEEN.add(value.toString());
            context.timerService().registerEventTimeTimer(0);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) {
            SEEN.add("timer of " + context.getCurrentKey());
        }
    }

    private List<String> told(String... keysAndValues) throws Exception {
        SEEN.clear();
        StreamExecutionEnvironment env = environment(keysAndValues);
        env.fromSequence(1, 4)
                .keyBy(number -> number % 2)
                .process(new Telling())
                .sinkTo(new DiscardingSink<>());
        env.execute();
        return List.copyOf(SEEN);
    }

    @Test
    void keysAreSortedAndOneHasStateAtATimeAsConfigured() throws Exception {
        assertThat(told()).containsExactly("2", "4", "timer of 0", "1", "3", "timer of 1");
        assertThat(told("execution.batch-state-backend.enabled", "false"))
                .startsWith("2", "4", "1", "3")
                .hasSize(6);
        assertThat(told("execution.batch-state-backend.enabled", "false", "execution.sorted-inputs.enabled", "false"))
                .startsWith("1", "2", "3", "4")
                .hasSize(6);
    }

    @Test
    void resultsAreThoseOfTheModeThatIsConfigured() throws Exception {
        for (String mode : List.of("BATCH", "STREAMING")) {
            SEEN.clear();
            StreamExecutionEnvironment env = environment("execution.runtime-mode", mode);
            env.fromSequence(1, 3)
                    .keyBy(number -> 0)
                    .reduce(Long::sum)
                    .map(sum -> {
                        SEEN.add(sum.toString());
                        return sum;
                    })
                    .sinkTo(new DiscardingSink<>());
            env.execute();
            assertThat(String.join(" ", SEEN)).isEqualTo(mode.equals("BATCH") ? "6" : "1 3 6");
        }
    }

    /** Files of sorted records, at the first record that comes out. */
    private int files(int records, int length, String... keysAndValues) throws Exception {
        SEEN.clear();
        String tmp = directory.toString();
        StreamExecutionEnvironment env = environment(keysAndValues);
        String text = "x".repeat(length);
        env.fromSequence(1, records)
                .map(number -> Tuple2.of(number, text))
                .returns(Types.TUPLE(Types.LONG, Types.STRING))
                .keyBy(each -> each.f0)
                .map(each -> {
                    if (SEEN.isEmpty()) {
                        SEEN.add(Long.toString(spilled(tmp)));
                    }
                    return each;
                })
                .returns(Types.TUPLE(Types.LONG, Types.STRING))
                .sinkTo(new DiscardingSink<>());
        env.execute();
        return Integer.parseInt(SEEN.remove());
    }

    private static long spilled(String below) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(below))) {
            return files.filter(file -> file.toString().endsWith(".channel")).count();
        }
    }

    @Test
    void sortersWriteFilesAsConfigured() throws Exception {
        assertThat(files(300, 1_000)).isZero();
        assertThat(files(300, 1_000, "taskmanager.runtime.sort-spilling-threshold", "0.05"))
                .isPositive();
        assertThat(files(4_000, 1_000)).isGreaterThan(2);
        assertThat(files(4_000, 1_000, "taskmanager.runtime.max-fan", "2")).isEqualTo(2);
    }

    @Test
    void recordsLargerThanTheSortersMemoryAreTakenAsConfigured() throws Exception {
        String key = "taskmanager.runtime.large-record-handler";
        assertThatThrownBy(() -> sortLarge(key, "false")).hasStackTraceContaining("exceeds the maximum size");
        sortLarge(key, "true");
        assertThat(SEEN).containsExactly("3", "2", "1");
    }

    private void sortLarge(String... keysAndValues) throws Exception {
        StreamExecutionEnvironment env = environment(keysAndValues);
        String text = "x".repeat(1_100_000);
        env.fromSequence(1, 3)
                .map(number -> Tuple2.of(text, number))
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .fullWindowPartition()
                .sortPartition(1, Order.DESCENDING)
                .map(each -> {
                    SEEN.add(each.f1.toString());
                    return each.f1;
                })
                .sinkTo(new DiscardingSink<>());
        env.execute();
    }

    private static DataStream<Tuple2<Long, Long>> pairs(StreamExecutionEnvironment env) {
        return env.fromSequence(1, 3)
                .map(number -> Tuple2.of(number, number))
                .returns(Types.TUPLE(Types.LONG, Types.LONG))
                .assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks());
    }

    /** A sorted input and what sorts a partition behind it share the memory of a slot. */
    private void inputAndPartition(String... keysAndValues) throws Exception {
        StreamExecutionEnvironment env = environment(keysAndValues);
        pairs(env)
                .keyBy(pair -> pair.f0)
                .map(pair -> pair)
                .returns(Types.TUPLE(Types.LONG, Types.LONG))
                .fullWindowPartition()
                .sortPartition(1, Order.DESCENDING)
                .sinkTo(new DiscardingSink<>());
        env.execute();
    }

    /** What sorts a partition and what sorts those of keys share the memory of a slot. */
    private void partitionAndKeyed(String... keysAndValues) throws Exception {
        StreamExecutionEnvironment env = environment(keysAndValues);
        pairs(env)
                .fullWindowPartition()
                .sortPartition(1, Order.DESCENDING)
                .keyBy(pair -> pair.f0)
                .fullWindowPartition()
                .sortPartition(1, Order.ASCENDING)
                .sinkTo(new DiscardingSink<>());
        env.execute();
    }

    @Test
    void managedMemoryIsDividedByTheWeightsOfSorters() throws Exception {
        String streaming = "execution.runtime-mode";
        inputAndPartition();
        partitionAndKeyed(streaming, "STREAMING");
        for (String key : List.of("execution.sorted-inputs.memory", "execution.sort-partition.memory")) {
            assertThatThrownBy(() -> inputAndPartition(key, "1mb"))
                    .as(key)
                    .hasStackTraceContaining("Too little memory provided to sorter");
        }
        for (String key : List.of("execution.sort-keyed-partition.memory", "execution.sort-partition.memory")) {
            assertThatThrownBy(() -> partitionAndKeyed(streaming, "STREAMING", key, "1mb"))
                    .as(key)
                    .hasStackTraceContaining("Too little memory provided to sorter");
        }
    }
}

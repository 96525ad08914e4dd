package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import dev.weir.testing.wait.Waits;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.InvalidProgramException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.apache.flink.api.java.typeutils.runtime.kryo.Serializers;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.function.FunctionWithException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that Flink's own environment and operators read, each changed and its effect seen in a job. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PipelineKeysTest {
    /** Static as functions are serialized. */
    private static final ConcurrentLinkedQueue<String> SEEN = new ConcurrentLinkedQueue<>();

    private static final AtomicInteger PERIODS = new AtomicInteger();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        SEEN.clear();
        PERIODS.set(0);
    }

    private static StreamExecutionEnvironment environment(String... keysAndValues) {
        Configuration configuration = new Configuration();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        return StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
    }

    /** What a function that is opened in a job sees. */
    private interface Look extends FunctionWithException<RuntimeContext, Object, Exception>, Serializable {}

    private static final class Looking extends RichMapFunction<Long, Long> {
        private final Look look;

        Looking(Look look) {
            this.look = look;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            SEEN.add(String.valueOf(look.apply(getRuntimeContext())));
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    private static String seen(Look look, String... keysAndValues) throws Exception {
        SEEN.clear();
        StreamExecutionEnvironment env = environment(keysAndValues);
        env.fromSequence(1, 1).map(new Looking(look)).sinkTo(new DiscardingSink<>());
        env.execute();
        assertThat(SEEN).hasSize(1);
        return SEEN.remove();
    }

    /** As Flink makes one of it. */
    public static final class Point {
        public int x;

        public Point() {}

        Point(int x) {
            this.x = x;
        }
    }

    /** Leaves its mark on what it reads. */
    public static final class Marking extends Serializer<Point> {
        @Override
        public void write(Kryo kryo, Output output, Point point) {
            output.writeInt(point.x);
        }

        @Override
        public Point read(Kryo kryo, Input input, Class<? extends Point> type) {
            return new Point(input.readInt() + 1000);
        }

        @Override
        public Point copy(Kryo kryo, Point point) {
            return new Point(point.x + 1000);
        }
    }

    /** What comes of a point that goes from one task to another. */
    private static String transferred(String... keysAndValues) throws Exception {
        SEEN.clear();
        StreamExecutionEnvironment env = environment(keysAndValues);
        env.fromSequence(1, 1)
                .map(number -> new Point(number.intValue()))
                .returns(Point.class)
                .rebalance()
                .map(point -> {
                    SEEN.add(Integer.toString(point.x));
                    return point;
                })
                .returns(Point.class)
                .sinkTo(new DiscardingSink<>());
        env.execute();
        return String.join(",", SEEN);
    }

    private static String serializers(String rest) {
        return "[" + Point.class.getName() + ": {type: kryo" + rest + "}]";
    }

    @Test
    void recordsAreSerializedAsConfigured() throws Exception {
        String marking = ", kryo-type: registered, class: " + Marking.class.getName();
        assertThat(transferred()).isEqualTo("1");
        assertThat(transferred("pipeline.serialization-config", serializers(marking)))
                .as("a POJO is none of Kryo's")
                .isEqualTo("1");
        assertThat(transferred("pipeline.force-kryo", "true")).isEqualTo("1");
        assertThat(transferred("pipeline.serialization-config", serializers(marking), "pipeline.force-kryo", "true"))
                .isEqualTo("1001");
        assertThatThrownBy(() -> transferred("pipeline.force-avro", "true")).hasStackTraceContaining("flink-avro");
    }

    @Test
    void genericTypesAreRefusedAsConfigured() throws Exception {
        Look generic = context -> context.createSerializer(new GenericTypeInfo<>(Instant.class))
                .getClass()
                .getSimpleName();
        assertThat(seen(generic)).isEqualTo("KryoSerializer");
        assertThatThrownBy(() -> seen(generic, "pipeline.generic-types", "false"))
                .rootCause()
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("Generic types have been disabled");
    }

    @Test
    void arraysOfAvroAreRegisteredWithKryoAsConfigured() throws Exception {
        Look registered =
                context -> ((KryoSerializer<?>) context.createSerializer(new GenericTypeInfo<>(Instant.class)))
                                .getKryo()
                                .getClassResolver()
                                .getRegistration(Serializers.DummyAvroRegisteredClass.class)
                        != null;
        assertThat(seen(registered)).isEqualTo("true");
        assertThat(seen(registered, "pipeline.force-kryo-avro", "false")).isEqualTo("false");
    }

    @Test
    void parametersAndFilesReachFunctions() throws Exception {
        Path words = Files.writeString(directory.resolve("words"), "to be");
        assertThat(seen(
                        context -> Map.copyOf(context.getGlobalJobParameters()),
                        "pipeline.global-job-parameters",
                        "threshold:7"))
                .isEqualTo("{threshold=7}");
        assertThat(seen(
                        context -> Files.readString(
                                context.getDistributedCache().getFile("text").toPath()),
                        "pipeline.cached-files",
                        "name:text,path:'" + words.toUri() + "'"))
                .isEqualTo("to be");
    }

    @ParameterizedTest
    @CsvSource({"pipeline.classpaths", "pipeline.jars"})
    void classesAreFoundWhereTheConfigurationSays(String key) throws Exception {
        Files.writeString(directory.resolve("hello.txt"), "hello");
        Look resource = context -> context.getUserCodeClassLoader().getResource("hello.txt") != null;
        assertThat(seen(resource)).isEqualTo("false");
        assertThat(seen(resource, key, directory.toUri().toString())).isEqualTo("true");
    }

    /** Two maps between a source and a sink, the second with another greatest parallelism. */
    private static int vertices(String... keysAndValues) throws Exception {
        StreamExecutionEnvironment env = environment(keysAndValues);
        env.fromSequence(1, 1)
                .map(number -> number)
                .setMaxParallelism(7)
                .map(number -> number)
                .setMaxParallelism(9)
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph(), PipelineKeysTest.class.getClassLoader());
            job.result().get();
            return job.subtasks().size();
        }
    }

    @Test
    void operatorsAreChainedAsConfigured() throws Exception {
        assertThat(vertices()).isEqualTo(1);
        assertThat(vertices("pipeline.operator-chaining.enabled", "false")).isEqualTo(4);
        assertThat(vertices("pipeline.operator-chaining.chain-operators-with-different-max-parallelism", "false"))
                .isEqualTo(4);
    }

    @Test
    void keyGroupsAreAsManyAsConfigured() throws Exception {
        Look keyGroups = context -> context.getTaskInfo().getMaxNumberOfParallelSubtasks();
        assertThat(seen(keyGroups)).isEqualTo("128");
        assertThat(seen(keyGroups, "pipeline.max-parallelism", "77")).isEqualTo("77");
    }

    @Test
    void operatorsNeedUidsAsConfigured() {
        assertThatThrownBy(() -> vertices("pipeline.auto-generate-uids", "false"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Auto generated UIDs have been disabled");
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 101"})
    void objectsAreReusedAsConfigured(String reuse, String expected) throws Exception {
        StreamExecutionEnvironment env = environment("pipeline.object-reuse", reuse);
        DataStream<Point> points = env.fromSequence(1, 1)
                .map(number -> new Point(number.intValue()))
                .returns(Point.class);
        points.map(point -> {
                    point.x += 100;
                    return point;
                })
                .returns(Point.class)
                .sinkTo(new DiscardingSink<>());
        points.map(point -> {
                    SEEN.add(Integer.toString(point.x));
                    return point;
                })
                .returns(Point.class)
                .sinkTo(new DiscardingSink<>());
        env.execute();
        assertThat(SEEN).containsExactly(expected);
    }

    /** Sees the test around it, which cannot be serialized, only where nobody takes it away. */
    private MapFunction<Long, Long> inner() {
        return new MapFunction<>() {
            @Override
            public Long map(Long value) {
                return value;
            }
        };
    }

    @Test
    void closuresAreCleanedAsConfigured() throws Exception {
        environment("pipeline.closure-cleaner-level", "TOP_LEVEL")
                .fromSequence(1, 1)
                .map(inner());
        assertThatThrownBy(() -> environment("pipeline.closure-cleaner-level", "NONE")
                        .fromSequence(1, 1)
                        .map(inner()))
                .isInstanceOf(InvalidProgramException.class)
                .hasMessageContaining("is not serializable");
    }

    private static final class Counting implements WatermarkGenerator<Long> {
        @Override
        public void onEvent(Long event, long timestamp, WatermarkOutput output) {}

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            output.emitWatermark(new Watermark(PERIODS.incrementAndGet()));
        }
    }

    /** A hundred of them would come in 20 s by default. */
    @Test
    void watermarksComeAsOftenAsConfigured() throws Exception {
        StreamExecutionEnvironment env = environment("pipeline.auto-watermark-interval", "2 ms");
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .assignTimestampsAndWatermarks(WatermarkStrategy.forGenerator(context -> new Counting()))
                .map(number -> {
                    LockSupport.parkNanos(100_000);
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        long start = System.nanoTime();
        JobClient job = env.executeAsync();
        while (PERIODS.get() < 100) {
            Waits.aMoment();
        }
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(19));
        job.cancel().get();
    }

    /** Named in the configuration. */
    public static final class Listener implements JobListener {
        @Override
        public void onJobSubmitted(JobClient job, Throwable failure) {
            SEEN.add("submitted");
        }

        @Override
        public void onJobExecuted(JobExecutionResult result, Throwable failure) {
            SEEN.add("executed");
        }
    }

    @Test
    void listenersAreThoseOfTheConfiguration() throws Exception {
        StreamExecutionEnvironment env = environment("execution.job-listeners", Listener.class.getName());
        env.fromSequence(1, 1).sinkTo(new DiscardingSink<>());
        env.execute();
        assertThat(SEEN).containsExactly("submitted", "executed");
    }
}

package dev.weir.flink.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.engine.exchange.Debloating;
import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.exchange.Spilling;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.EdgeWiring;
import dev.weir.engine.job.NetworkAllotment;
import dev.weir.engine.job.NetworkDemand;
import dev.weir.engine.memory.HostMemory;
import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.session.WeirSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.io.network.partition.ResultPartitionType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.shuffle.NettyShuffleUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NetworkOptionsTest {
    private static final int SEGMENT = 32 << 10;
    private final ClassLoader loader = getClass().getClassLoader();

    @Test
    void anEdgeNeedsWhatFlinksResultPartitionsNeed() {
        Random random = new Random(3);
        for (int round = 0; round < 2_000; round++) {
            Wiring wiring = random.nextBoolean() ? Wiring.ALL_TO_ALL : Wiring.POINTWISE;
            int producers = 1 + random.nextInt(40);
            int consumers = 1 + random.nextInt(40);
            EdgeWiring edge = new EdgeWiring(wiring, producers, consumers);
            long expected = 0;
            for (int producer = 0; producer < producers; producer++) {
                expected += NettyShuffleUtils.getMinMaxNetworkBuffersPerResultPartition(
                                2, 8, 1, 512, edge.channels(producer), false, 0, ResultPartitionType.PIPELINED_BOUNDED)
                        .getLeft();
            }
            assertThat(NetworkDemand.of(dataflow(producers, consumers, wiring, true), NetworkMemory.DEFAULT)
                            .segments())
                    .as("%s", edge)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aBlockingExchangeNeedsWhatItWritesAndReadsItsFileBy() {
        assertThat(NetworkDemand.of(dataflow(4, 4, Wiring.ALL_TO_ALL, false), NetworkOptions.of(new Configuration()))
                        .segments())
                .isEqualTo(2 * 4 * 4);
        // which is less than what Flink asks for until there are many channels
        assertThat(NetworkDemand.of(dataflow(1, 256, Wiring.ALL_TO_ALL, false), NetworkOptions.of(new Configuration()))
                        .segments())
                .isLessThanOrEqualTo(NettyShuffleEnvironmentOptions.NETWORK_SORT_SHUFFLE_MIN_BUFFERS.defaultValue());
    }

    @Test
    void theResultOfABlockingExchangeKeepsAsMuchInMemoryAsConfigured() {
        Dataflow dataflow = dataflow(2, 4, Wiring.ALL_TO_ALL, false);
        for (int segments : new int[] {100, 200}) {
            Configuration configuration = new Configuration();
            configuration.setString("taskmanager.network.sort-shuffle.min-buffers", Integer.toString(segments));
            assertThat(NetworkAllotment.of(dataflow, NetworkOptions.of(configuration))
                            .resultBytes(4))
                    .as("with the four times two that write and read")
                    .isEqualTo((segments - 8L) * SEGMENT);
        }
    }

    @Test
    void onesThatStayInMemoryNeedNone() {
        assertThat(NetworkDemand.of(dataflow(4, 4, Wiring.ALL_TO_ALL, false), NetworkMemory.DEFAULT)
                        .segments())
                .isZero();
    }

    @Test
    void whatAGateNeedsIsLimited() {
        assertThat(NetworkDemand.of(dataflow(10, 3, Wiring.ALL_TO_ALL, true), ofGates(4))
                        .segments())
                .isEqualTo(3 * 4 + 10);
    }

    /** Flink's input gates take one buffer each from the same pool, which is all that its demand differs by. */
    @Test
    void flinkNeedsOneMoreForEachGate() throws Exception {
        for (int parallelism : new int[] {2, 3}) {
            long required = 2L * parallelism * (parallelism + 1);
            long gates = 2L * parallelism;
            assertThat(inWeir(parallelism, required)).as("Weir, %d", required).isNull();
            assertThat(inWeir(parallelism, required - 1))
                    .as("Weir, %d", required - 1)
                    .hasMessageContaining("required=" + required + " > available=" + (required - 1));
            assertThat(inFlink(parallelism, required + gates))
                    .as("Flink, %d", required + gates)
                    .isNull();
            assertThat(ExceptionUtils.stringifyException(inFlink(parallelism, required + gates - 1)))
                    .as("Flink, %d", required + gates - 1)
                    .contains("Insufficient number of network buffers");
        }
    }

    @Test
    void aRefusalNamesTheLargestEdgesAndWhatWouldDo() throws Exception {
        Throwable refused = inWeir(3, 10);

        assertThat(refused)
                .hasMessageContaining("required=24 > available=10 segments of 32 kb")
                .hasMessageContaining("'Source: Sequence Source' -> 'first' (3 to all 3): 12")
                .hasMessageContaining("'first' -> 'second: Writer' (3 to all 3): 12");
        Matcher remedy = Pattern.compile("set (\\S+)=(\\d+ ?\\w*) and (\\S+)=(\\d+ ?\\w*),")
                .matcher(String.valueOf(refused));
        assertThat(remedy.find()).isTrue();
        Configuration configuration = new Configuration();
        configuration.setString(remedy.group(1), remedy.group(2));
        configuration.setString(remedy.group(3), remedy.group(4));
        assertThat(NetworkOptions.of(configuration).segments()).isEqualTo(24);
        assertThat(inWeir(3, configuration)).isNull();

        Configuration elastic = segments(10);
        elastic.set(NetworkOptions.ELASTIC, true);
        assertThat(inWeir(3, elastic)).isNull();
    }

    @Test
    void whereNothingIsSetNoJobIsRefused() {
        NetworkMemory memory = NetworkOptions.of(new Configuration());

        assertThat(memory).usingRecursiveComparison().ignoringFields("spilling").isEqualTo(NetworkMemory.DEFAULT);
        assertThat(catchThrowable(() -> NetworkOptions.check(dataflow(200, 200, Wiring.ALL_TO_ALL, true), memory)))
                .isNull();
    }

    @Test
    void keysAreFlinks() {
        Configuration configuration = new Configuration();
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(3));
        configuration.set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse("8kb"));
        configuration.set(NettyShuffleEnvironmentOptions.NETWORK_READ_MAX_REQUIRED_BUFFERS_PER_GATE, 7);
        configuration.set(NettyShuffleEnvironmentOptions.NETWORK_SORT_SHUFFLE_MIN_BUFFERS, 30);
        configuration.set(CoreOptions.TMP_DIRS, "/one,/other");
        Spilling spilling = new Spilling(List.of(Path.of("/one"), Path.of("/other")), 30);

        assertThat(NetworkOptions.of(configuration))
                .isEqualTo(new NetworkMemory(3 << 20, 8 << 10, 2, 8, 7, null, spilling, false));

        configuration.setString("taskmanager.network.memory.buffers-per-channel", "3");
        configuration.setString("taskmanager.network.memory.floating-buffers-per-gate", "0");
        assertThat(NetworkOptions.of(configuration))
                .isEqualTo(new NetworkMemory(3 << 20, 8 << 10, 3, 0, 7, null, spilling, false));

        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, true);
        assertThat(NetworkOptions.of(configuration).debloating())
                .isEqualTo(new Debloating(1_000, 200, 20, 25, 1_024, 256));
        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_TARGET, Duration.ofMillis(3));
        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_PERIOD, Duration.ofMillis(4));
        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_SAMPLES, 5);
        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_THRESHOLD_PERCENTAGES, 6);
        configuration.set(TaskManagerOptions.STARTING_MEMORY_SEGMENT_SIZE, new MemorySize(700));
        configuration.set(TaskManagerOptions.MIN_MEMORY_SEGMENT_SIZE, new MemorySize(600));
        assertThat(NetworkOptions.of(configuration).debloating()).isEqualTo(new Debloating(3, 4, 5, 6, 700, 600));
        configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_SAMPLES, 0);
        assertThatThrownBy(() -> NetworkOptions.of(configuration)).isInstanceOf(IllegalArgumentException.class);
        configuration.removeConfig(TaskManagerOptions.BUFFER_DEBLOAT_SAMPLES);

        configuration.set(NettyShuffleEnvironmentOptions.NETWORK_READ_MAX_REQUIRED_BUFFERS_PER_GATE, 0);
        assertThatThrownBy(() -> NetworkOptions.of(configuration))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("required-per-gate.max=0 < 1");
        configuration.set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse("5000"));
        assertThatThrownBy(() -> NetworkOptions.of(configuration)).isInstanceOf(IllegalConfigurationException.class);
    }

    @Test
    void aLaunchedProcessSaysWhatItDerives() {
        HostMemory host = new HostMemory(4L << 30, true);

        Configuration profile = new Configuration();
        assertThat(NetworkOptions.of(derived(profile, host)).elastic()).isTrue();

        Configuration fraction = new Configuration();
        fraction.set(TaskManagerOptions.NETWORK_MEMORY_FRACTION, 0.2f);
        assertThat(NetworkOptions.of(derived(fraction, host)).elastic()).isFalse();

        Configuration total = new Configuration();
        total.set(TaskManagerOptions.TOTAL_PROCESS_MEMORY, MemorySize.ofMebiBytes(2048));
        assertThat(NetworkOptions.of(derived(total, host)))
                .usingRecursiveComparison()
                .ignoringFields("spilling")
                .isEqualTo(new NetworkMemory(
                        MemoryBudgets.taskManager(total).network().bytes(),
                        SEGMENT,
                        2,
                        8,
                        Integer.MAX_VALUE,
                        null,
                        null,
                        false));

        total.set(NetworkOptions.ELASTIC, true);
        assertThat(NetworkOptions.of(derived(total, host)).elastic()).isTrue();
    }

    private static Configuration derived(Configuration given, HostMemory host) {
        Configuration configuration = new Configuration(given);
        NetworkOptions.derived(configuration, given, MemoryBudgets.process(given, host));
        return configuration;
    }

    private static NetworkMemory ofGates(int segmentsMax) {
        return NetworkOptions.of(new Configuration()
                .set(NettyShuffleEnvironmentOptions.NETWORK_READ_MAX_REQUIRED_BUFFERS_PER_GATE, segmentsMax));
    }

    private static Dataflow dataflow(int producers, int consumers, Wiring wiring, boolean bounded) {
        return new Dataflow(
                "job",
                List.of(vertex("above", producers, List.of(true)), vertex("below", consumers, List.of(false))),
                List.of(new Edge(0, 1, 0, wiring, 100, bounded)));
    }

    private static Vertex vertex(String name, int parallelism, List<Boolean> inputs) {
        return new Vertex(name, parallelism, 128, inputs, subtask -> {
            throw new AssertionError(subtask + " is not to run");
        });
    }

    private static Configuration segments(long segments) {
        Configuration configuration = new Configuration();
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, new MemorySize(segments * SEGMENT));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, new MemorySize(segments * SEGMENT));
        return configuration;
    }

    /** Two shuffles in a row. */
    private JobGraph graph(int parallelism) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
        env.fromSequence(1, 1_000)
                .shuffle()
                .map(number -> number)
                .name("first")
                .shuffle()
                .sinkTo(new DiscardingSink<>())
                .name("second");
        return env.getStreamGraph().getJobGraph(loader);
    }

    private @Nullable Throwable inWeir(int parallelism, long segments) throws Exception {
        return inWeir(parallelism, segments(segments));
    }

    private @Nullable Throwable inWeir(int parallelism, Configuration configuration) throws Exception {
        try (WeirSession weir = new WeirSession(configuration)) {
            Throwable refused = catchThrowable(() -> assertThat(weir.submit(graph(parallelism), loader)
                            .result()
                            .get()
                            .status())
                    .isEqualTo(JobStatus.FINISHED));
            return refused == null ? null : rootCause(refused);
        }
    }

    private static Throwable rootCause(Throwable thrown) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes.get(causes.size() - 1);
    }

    private @Nullable Throwable inFlink(int parallelism, long segments) throws Exception {
        try (MiniCluster flink = SmallFlink.started(segments(segments), parallelism)) {
            return catchThrowable(() -> flink.executeJobBlocking(graph(parallelism)));
        }
    }
}

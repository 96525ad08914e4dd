package dev.weir.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.checkpoint.SubtaskStateStats;
import org.apache.flink.runtime.checkpoint.TaskStateStats;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Weir says of a checkpoint beside what Flink's own runtime says of the same job's. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CheckpointFiguresTest {
    private static final int PARALLELISM = 2;
    private static final int KEYS = 1000;
    private static final int VALUE_BYTES = 100;
    private static final long CLOSED_MILLIS = 600;

    /** A closed gate holds back a little less than it is closed, by what passes until the barrier has come to it. */
    private static final long HELD_BACK_MILLIS = CLOSED_MILLIS / 2;

    private static final AtomicLong STORED = new AtomicLong();
    private static volatile CountDownLatch gate = new CountDownLatch(0);
    private static volatile CountDownLatch waiting = new CountDownLatch(0);

    @TempDir
    Path directory;

    /** What is said of a checkpoint of an undisturbed job, and of one whose barrier waited before one subtask. */
    private record Figures(
            List<SubtaskStateStats[]> undisturbed, List<SubtaskStateStats[]> heldBack, long endToEndMillis) {}

    private interface Engine extends AutoCloseable {
        CompletableFuture<?> checkpoint() throws Exception;

        AccessExecutionGraph graph() throws Exception;
    }

    private JobGraph job() {
        Configuration configuration = new Configuration()
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1))
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        directory.toUri().toString());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, configuration);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .rebalance()
                .map(new Gate())
                .keyBy(number -> number % KEYS)
                .process(new Store())
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    /** Its second subtask lets nothing through while it is closed. */
    private static final class Gate extends RichMapFunction<Long, Long> {
        @Override
        public Long map(Long value) throws Exception {
            if (gate.getCount() > 0 && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 1) {
                waiting.countDown();
                gate.await();
            }
            return value;
        }
    }

    private static final class Store extends KeyedProcessFunction<Long, Long, Long> {
        private transient ValueState<byte[]> content;

        @Override
        public void open(OpenContext context) {
            content = getRuntimeContext()
                    .getState(new ValueStateDescriptor<>(
                            "content", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            content.update(new byte[VALUE_BYTES]);
            STORED.incrementAndGet();
        }
    }

    private static Figures figures(JobGraph job, Engine engine) throws Exception {
        STORED.set(0);
        while (STORED.get() < 20L * KEYS || !running(engine.graph())) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        engine.checkpoint().get();
        waiting = new CountDownLatch(1);
        gate = new CountDownLatch(1);
        waiting.await();
        CompletableFuture<?> heldBack = engine.checkpoint();
        while (!isHeldBack(job, statistics(engine))) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSED_MILLIS);
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        gate.countDown();
        heldBack.get();
        // the future is complete a moment before the figures are
        CheckpointStatsSnapshot statistics = statistics(engine);
        while (statistics.getCounts().getNumberOfInProgressCheckpoints() > 0) {
            statistics = statistics(engine);
        }
        List<AbstractCheckpointStats> completed = statistics.getHistory().getCheckpoints().stream()
                .filter(checkpoint -> checkpoint.getStatus() == CheckpointStatsStatus.COMPLETED)
                .sorted(Comparator.comparingLong(AbstractCheckpointStats::getCheckpointId))
                .toList();
        assertThat(completed).hasSizeGreaterThan(1);
        AbstractCheckpointStats last = completed.get(completed.size() - 1);
        return new Figures(subtasks(job, completed.get(0)), subtasks(job, last), last.getEndToEndDuration());
    }

    private static CheckpointStatsSnapshot statistics(Engine engine) throws Exception {
        return Objects.requireNonNull(engine.graph().getCheckpointStatsSnapshot());
    }

    /** Whether the last checkpoint waits for none but the closed gate and what is behind it. */
    private static boolean isHeldBack(JobGraph job, CheckpointStatsSnapshot statistics) {
        AbstractCheckpointStats last = statistics.getHistory().getCheckpoints().get(0);
        List<JobVertex> vertices = job.getVerticesSortedTopologicallyFromSources();
        return last.getStatus() == CheckpointStatsStatus.IN_PROGRESS
                && acknowledged(last, vertices.get(0)) == PARALLELISM
                && acknowledged(last, vertices.get(1)) == PARALLELISM - 1;
    }

    private static int acknowledged(AbstractCheckpointStats checkpoint, JobVertex vertex) {
        return Objects.requireNonNull(checkpoint.getTaskStateStats(vertex.getID()))
                .getNumberOfAcknowledgedSubtasks();
    }

    private static boolean running(AccessExecutionGraph graph) {
        for (var vertex : graph.getAllExecutionVertices()) {
            if (vertex.getExecutionState() != ExecutionState.RUNNING) {
                return false;
            }
        }
        return true;
    }

    /** By vertex, from the sources on. */
    private static List<SubtaskStateStats[]> subtasks(JobGraph job, AbstractCheckpointStats checkpoint) {
        List<SubtaskStateStats[]> all = new ArrayList<>();
        for (JobVertex vertex : job.getVerticesSortedTopologicallyFromSources()) {
            JobVertexID id = vertex.getID();
            TaskStateStats stats = checkpoint.getAllTaskStateStats().stream()
                    .filter(task -> task.getJobVertexId().equals(id))
                    .findFirst()
                    .orElseThrow();
            all.add(stats.getSubtaskStats());
        }
        return all;
    }

    private Figures onFlink() throws Exception {
        JobGraph job = job();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(new Configuration().set(RestOptions.BIND_PORT, "0"))
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build());
        cluster.start();
        JobID id = cluster.submitJob(job).get().getJobID();
        Engine engine = new Engine() {
            @Override
            public CompletableFuture<?> checkpoint() {
                return cluster.triggerCheckpoint(id);
            }

            @Override
            public AccessExecutionGraph graph() throws Exception {
                return cluster.getExecutionGraph(id).get();
            }

            @Override
            public void close() throws Exception {
                cluster.cancelJob(id).get();
                cluster.close();
            }
        };
        try (engine) {
            return figures(job, engine);
        }
    }

    private Figures onWeir() throws Exception {
        JobGraph job = job();
        WeirSession session = new WeirSession(new Configuration());
        WeirJob running = session.submit(job, CheckpointFiguresTest.class.getClassLoader());
        Engine engine = new Engine() {
            @Override
            public CompletableFuture<?> checkpoint() {
                return running.checkpoint(false);
            }

            @Override
            public AccessExecutionGraph graph() {
                return ExecutionGraphs.of(running, ProcessLocation.id(new Configuration()));
            }

            @Override
            public void close() throws Exception {
                running.cancel().get();
                session.close();
            }
        };
        try (engine) {
            return figures(job, engine);
        }
    }

    private static long sum(SubtaskStateStats[] subtasks, ToLongFunction<SubtaskStateStats> figure) {
        return Arrays.stream(subtasks).mapToLong(figure).sum();
    }

    @Test
    void bothSayTheSame() throws Exception {
        Figures flink = onFlink();
        Figures weir = onWeir();

        long stateBytes = sum(flink.undisturbed().get(2), SubtaskStateStats::getStateSize);
        assertThat(stateBytes).isGreaterThan((long) KEYS * VALUE_BYTES);
        for (int vertex = 0; vertex < flink.undisturbed().size(); vertex++) {
            SubtaskStateStats[] expected = flink.undisturbed().get(vertex);
            SubtaskStateStats[] actual = weir.undisturbed().get(vertex);
            assertThat(actual).hasSameSizeAs(expected);
            for (ToLongFunction<SubtaskStateStats> size : List.<ToLongFunction<SubtaskStateStats>>of(
                    SubtaskStateStats::getStateSize, SubtaskStateStats::getCheckpointedSize)) {
                assertThat(sum(actual, size))
                        .as("bytes of vertex " + vertex)
                        .isCloseTo(sum(expected, size), within(Math.max(1000, stateBytes / 20)));
            }
        }
        for (Figures figures : List.of(flink, weir)) {
            checkHeldBack(figures);
        }
    }

    /** The sources, the gate, the state. */
    private static void checkHeldBack(Figures figures) {
        SubtaskStateStats[] source = figures.heldBack().get(0);
        SubtaskStateStats[] gates = figures.heldBack().get(1);
        SubtaskStateStats[] state = figures.heldBack().get(2);
        for (SubtaskStateStats subtask : source) {
            assertThat(subtask.getAlignmentDuration()).isLessThan(HELD_BACK_MILLIS);
            assertThat(gates[1].getCheckpointStartDelay())
                    .isGreaterThanOrEqualTo(subtask.getCheckpointStartDelay() + HELD_BACK_MILLIS);
        }
        for (SubtaskStateStats subtask : state) {
            assertThat(subtask.getAlignmentDuration() + subtask.getCheckpointStartDelay())
                    .isGreaterThanOrEqualTo(HELD_BACK_MILLIS);
        }
        assertThat(sum(state, SubtaskStateStats::getProcessedData)).isPositive();
        for (SubtaskStateStats[] vertex : figures.heldBack()) {
            for (SubtaskStateStats subtask : vertex) {
                assertThat(subtask.getPersistedData()).isZero();
                assertThat(subtask.getUnalignedCheckpoint()).isFalse();
                assertThat(subtask.getCheckpointStartDelay()
                                + subtask.getAlignmentDuration()
                                + subtask.getSyncCheckpointDuration()
                                + subtask.getAsyncCheckpointDuration())
                        .isLessThanOrEqualTo(figures.endToEndMillis() + 5);
            }
        }
    }
}

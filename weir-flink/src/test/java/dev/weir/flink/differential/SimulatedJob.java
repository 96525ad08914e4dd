package dev.weir.flink.differential;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.task.Processor;
import dev.weir.flink.coordination.SubtaskGateway;
import dev.weir.flink.host.JobCheckpointing;
import dev.weir.flink.host.JobScope;
import dev.weir.flink.host.OperatorReadings;
import dev.weir.flink.host.OperatorReadings.Reading;
import dev.weir.flink.host.RestoredSubtask;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.plan.JobTranslation;
import dev.weir.testing.simulation.DataflowSimulator;
import dev.weir.testing.simulation.SimulationOptions;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * Runs a random job on one thread, its subtasks interleaved by the same seed, so that watermarks meet records where the seed
 * says, with operators native or hosted. Its sources have no coordinator to talk to and need none.
 */
final class SimulatedJob {
    private final long seed;
    private final boolean natively;
    private final List<Processor> subtasks = new ArrayList<>();
    private Set<String> unordered = Set.of();

    SimulatedJob(long seed, boolean natively) {
        this.seed = seed;
        this.natively = natively;
    }

    Outcome run() throws Exception {
        String run = "simulated " + seed + (natively ? ", native" : ", hosted");
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment();
            unordered = RandomJob.build(env, seed, false, run);
            ClassLoader loader = getClass().getClassLoader();
            JobGraph graph = env.getStreamGraph().getJobGraph(loader);
            graph.getJobConfiguration().setString("weir.native", String.valueOf(natively));
            ExecutionConfig execution = graph.getSerializedExecutionConfig().deserializeValue(loader);
            try (JobScope scope = scope(graph, execution, loader)) {
                drive(JobTranslation.of(graph, execution, graph.getJobConfiguration(), loader)
                        .dataflow(scope));
                return new Outcome(Journal.of(run).lines(), accumulators(scope), counted(), null);
            } catch (Exception e) {
                return Outcome.failed(e);
            }
        } finally {
            Journal.drop(run);
        }
    }

    /** Sinks that may see their elements in another order. */
    Set<String> unordered() {
        return unordered;
    }

    /** What operators counted, whether native, to be asked after the run. */
    List<Reading> readings() {
        return subtasks.stream().map(OperatorReadings::of).flatMap(List::stream).toList();
    }

    private List<String> counted() {
        return readings().stream()
                .map(reading -> reading.name() + " in " + reading.recordsIn() + ", out " + reading.recordsOut()
                        + ", late " + reading.late())
                .toList();
    }

    private static JobScope scope(JobGraph graph, ExecutionConfig execution, ClassLoader loader) {
        return new JobScope(
                graph,
                execution,
                new Configuration(),
                SimpleUserCodeClassLoader.create(loader),
                new Nobody(),
                new NoCheckpoints(),
                Map.of(),
                new File(System.getProperty("java.io.tmpdir")),
                1 << 20,
                JobMetrics.unregistered(graph.getJobID(), graph.getName()));
    }

    private void drive(Dataflow dataflow) throws Exception {
        Random random = new Random(seed);
        int batch = 1 + random.nextInt(8);
        ChannelLimits limits = random.nextBoolean() ? ChannelLimits.DEFAULT : new ChannelLimits(2, 1, batch);
        SimulationOptions options = new SimulationOptions(limits, random.nextInt(20), random.nextInt(20));
        new DataflowSimulator(noted(dataflow), options, seed).run();
    }

    /** The same, and its processors are kept for the end. */
    private Dataflow noted(Dataflow dataflow) {
        List<Dataflow.Vertex> vertices = dataflow.vertices().stream()
                .map(vertex -> new Dataflow.Vertex(
                        vertex.name(),
                        vertex.parallelism(),
                        vertex.maxParallelism(),
                        vertex.sourceInputs(),
                        subtask -> {
                            Processor processor = vertex.processors().create(subtask);
                            subtasks.add(processor);
                            return new OneOfMany(processor);
                        }))
                .toList();
        return new Dataflow(dataflow.name(), vertices, dataflow.edges());
    }

    private static Map<String, String> accumulators(JobScope scope) throws Exception {
        Map<String, Accumulator<?, ?>> merged = new TreeMap<>();
        for (AccumulatorRegistry registry : scope.accumulators()) {
            for (var entry : registry.getUserMap().entrySet()) {
                merged.merge(entry.getKey(), entry.getValue().clone(), SimulatedJob::merged);
            }
        }
        Map<String, String> values = new TreeMap<>();
        merged.forEach((name, accumulator) -> values.put(name, String.valueOf(accumulator.getLocalValue())));
        return values;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // of one name, so of one type
    private static Accumulator<?, ?> merged(Accumulator<?, ?> one, Accumulator<?, ?> other) {
        ((Accumulator) one).merge(other);
        return one;
    }

    private static final class Nobody implements JobScope.Coordination {
        @Override
        public void ready(JobVertexID vertex, int subtask, int attempt, SubtaskGateway gateway) {}

        @Override
        public void send(OperatorID operator, int subtask, int attempt, OperatorEvent event) {}

        @Override
        public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
            return new CompletableFuture<>();
        }

        @Override
        public void passed(JobVertexID vertex, int subtask, int attempt, long checkpointId) {}
    }

    private static final class NoCheckpoints implements JobCheckpointing {
        @Override
        public CheckpointStreamFactory streams(long checkpointId, JobVertexID vertex, int subtask) {
            throw new IllegalStateException("no checkpoint was triggered: id=" + checkpointId);
        }

        @Override
        public int slot(JobVertexID vertex, int subtask) {
            return subtask;
        }

        @Override
        public @Nullable RestoredSubtask restored(JobVertexID vertex, int subtask) {
            return null;
        }
    }
}

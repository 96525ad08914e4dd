package dev.weir.engine.job;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Exchange;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.SubtaskPlan;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.engine.task.TaskLoop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The tasks of a dataflow, or of one of its {@link Regions}, with all channels between them; nothing runs yet. Immutable,
 * but its tasks are not.
 *
 * @param tasks in topological order, the subtasks of a vertex in theirs
 * @param writers of all tasks
 */
public record TaskGraph(List<TaskLoop> tasks, List<ChannelWriter> writers) {

    /**
     * Builds the tasks and channels of a region.
     *
     * @param region subtasks that no channel joins with another
     * @param network of the whole dataflow
     * @param signals makes the signal of each task: {@link TaskSignal#blocking()} where each has a thread
     * @param attempt of all subtasks
     * @throws IllegalArgumentException when the dataflow is not well formed
     */
    public static TaskGraph of(
            Dataflow dataflow,
            SortedSet<Subtask> region,
            ChannelLimits limits,
            NetworkAllotment network,
            Supplier<TaskSignal> signals,
            TaskCheckpointing checkpointing,
            int attempt) {
        return new Builder(dataflow, region, limits, network, signals, checkpointing, attempt).build();
    }

    /** What a subtask is joined by while the graph is built. */
    private record Ends(TaskSignal signal, Exchange.Consumer consumer, List<Exchange.Producer> producers) {}

    private static final class Builder {
        private final Dataflow dataflow;
        private final Exchange exchange;
        private final NetworkAllotment network;
        private final SortedMap<Subtask, Ends> ends = new TreeMap<>();
        private final TaskCheckpointing checkpointing;
        private final int attempt;

        Builder(
                Dataflow dataflow,
                SortedSet<Subtask> region,
                ChannelLimits limits,
                NetworkAllotment network,
                Supplier<TaskSignal> signals,
                TaskCheckpointing checkpointing,
                int attempt) {
            this.dataflow = dataflow;
            this.network = network;
            this.checkpointing = checkpointing;
            this.attempt = attempt;
            this.exchange = new Exchange(limits);
            dataflow.checkEdges();
            for (Subtask subtask : region) {
                TaskSignal signal = signals.get();
                ends.put(
                        subtask,
                        new Ends(signal, exchange.consumer(channelsOfInputs(subtask), signal), new ArrayList<>()));
            }
        }

        private int[] channelsOfInputs(Subtask subtask) {
            int[] channels = new int
                    [dataflow.vertices().get(subtask.vertex()).sourceInputs().size()];
            for (Edge edge : dataflow.edges()) {
                if (edge.target() == subtask.vertex()) {
                    EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
                    channels[edge.targetInput()] +=
                            wiring.endProducer(subtask.index()) - wiring.firstProducer(subtask.index());
                }
            }
            return channels;
        }

        TaskGraph build() {
            dataflow.edges().forEach(this::connect);
            List<TaskLoop> tasks = new ArrayList<>();
            List<ChannelWriter> writers = new ArrayList<>();
            ends.forEach((subtask, joined) -> {
                List<ChannelWriter> outputs = joined.producers().stream()
                        .map(Exchange.Producer::writer)
                        .toList();
                writers.addAll(outputs);
                tasks.add(task(subtask, joined, outputs));
            });
            return new TaskGraph(List.copyOf(tasks), List.copyOf(writers));
        }

        private void connect(Edge edge) {
            EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
            Map<Integer, Exchange.Producer> producers = new HashMap<>();
            for (int index = 0; index < wiring.producers(); index++) {
                Ends source = ends.get(new Subtask(edge.source(), index));
                if (source != null) {
                    Exchange.Producer producer = producer(edge, wiring.channels(index), source.signal());
                    producers.put(index, producer);
                    source.producers().add(producer);
                }
            }
            for (int index = 0; index < wiring.consumers(); index++) {
                Ends target = ends.get(new Subtask(edge.target(), index));
                int batchBytes = network.batchBytes(wiring.endProducer(index) - wiring.firstProducer(index));
                for (int p = wiring.firstProducer(index); p < wiring.endProducer(index); p++) {
                    Exchange.Producer producer = producers.get(p);
                    if (target != null && producer != null) {
                        target.consumer().connect(edge.targetInput(), producer, wiring.channel(index), batchBytes);
                    } else if (target != null || producer != null) {
                        throw new IllegalArgumentException("dataflow '" + dataflow.name() + "': " + edge
                                + " leaves its region: producer=" + p + ", consumer=" + index);
                    }
                }
            }
        }

        private Exchange.Producer producer(Edge edge, int channels, TaskSignal task) {
            Path directory = edge.bounded() ? null : network.nextDirectory();
            return directory == null
                    ? exchange.producer(
                            channels,
                            edge.bufferTimeoutMillis(),
                            edge.bounded(),
                            edge.overtakable(),
                            task,
                            network.credit(channels))
                    : exchange.blockingProducer(
                            channels, edge.bufferTimeoutMillis(), task, directory, network.resultBytes(channels));
        }

        private TaskLoop task(Subtask subtask, Ends joined, List<ChannelWriter> outputs) {
            Vertex vertex = dataflow.vertices().get(subtask.vertex());
            SubtaskId id =
                    new SubtaskId(subtask.vertex(), vertex.name(), subtask.index(), vertex.parallelism(), attempt);
            boolean[] sources = new boolean[vertex.sourceInputs().size()];
            for (int input = 0; input < sources.length; input++) {
                sources[input] = vertex.sourceInputs().get(input);
            }
            InputGate gate = joined.consumer().gate();
            network.debloat(gate);
            return new TaskLoop(
                    id,
                    new SubtaskPlan(sources),
                    () -> vertex.processors().create(id),
                    gate,
                    outputs,
                    joined.signal(),
                    checkpointing);
        }
    }
}

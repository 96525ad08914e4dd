package dev.weir.engine.job;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Exchange;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.SubtaskPlan;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.engine.task.TaskLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Every task of a dataflow with all channels between them; nothing runs yet. Immutable, but its tasks are not.
 *
 * @param tasks outer index vertex, inner index subtask
 * @param writers of all tasks
 */
public record TaskGraph(List<List<TaskLoop>> tasks, List<ChannelWriter> writers) {

    /**
     * Builds the tasks and channels.
     *
     * @param signals makes the signal of each task: {@link TaskSignal#blocking()} where each has a thread
     * @param attempt of all subtasks
     * @throws IllegalArgumentException when the dataflow is not well formed
     */
    public static TaskGraph of(
            Dataflow dataflow,
            ChannelLimits limits,
            Supplier<TaskSignal> signals,
            TaskCheckpointing checkpointing,
            int attempt) {
        return new Builder(dataflow, limits, signals, checkpointing, attempt).build();
    }

    private static final class Builder {
        private final Dataflow dataflow;
        private final Exchange exchange;
        private final List<List<TaskSignal>> signals = new ArrayList<>();
        private final List<List<Exchange.Consumer>> consumers = new ArrayList<>();
        private final List<List<List<Exchange.Producer>>> producers = new ArrayList<>();

        private final TaskCheckpointing checkpointing;
        private final int attempt;

        Builder(
                Dataflow dataflow,
                ChannelLimits limits,
                Supplier<TaskSignal> signalFactory,
                TaskCheckpointing checkpointing,
                int attempt) {
            this.dataflow = dataflow;
            this.checkpointing = checkpointing;
            this.attempt = attempt;
            this.exchange = new Exchange(limits);
            dataflow.edges().forEach(this::check);
            for (int v = 0; v < dataflow.vertices().size(); v++) {
                Vertex vertex = dataflow.vertices().get(v);
                List<TaskSignal> vertexSignals = new ArrayList<>();
                List<Exchange.Consumer> vertexConsumers = new ArrayList<>();
                List<List<Exchange.Producer>> vertexProducers = new ArrayList<>();
                for (int subtask = 0; subtask < vertex.parallelism(); subtask++) {
                    TaskSignal signal = signalFactory.get();
                    vertexSignals.add(signal);
                    vertexConsumers.add(exchange.consumer(channelsOfInputs(v, subtask), signal));
                    vertexProducers.add(new ArrayList<>());
                }
                signals.add(vertexSignals);
                consumers.add(vertexConsumers);
                producers.add(vertexProducers);
            }
        }

        private void check(Edge edge) {
            int vertices = dataflow.vertices().size();
            if (edge.source() < 0 || edge.source() >= vertices || edge.target() < 0 || edge.target() >= vertices) {
                throw new IllegalArgumentException("dataflow '" + dataflow.name() + "': " + edge
                        + " joins vertices that are not among vertices=" + vertices);
            }
            Vertex target = dataflow.vertices().get(edge.target());
            int inputs = target.sourceInputs().size();
            if (edge.targetInput() < 0
                    || edge.targetInput() >= inputs
                    || target.sourceInputs().get(edge.targetInput())) {
                throw new IllegalArgumentException("dataflow '" + dataflow.name() + "': vertex '" + target.name()
                        + "' has no input=" + edge.targetInput() + " for an edge to lead to, sourceInputs="
                        + target.sourceInputs());
            }
        }

        private EdgeWiring wiring(Edge edge) {
            return new EdgeWiring(
                    edge.wiring(),
                    dataflow.vertices().get(edge.source()).parallelism(),
                    dataflow.vertices().get(edge.target()).parallelism());
        }

        private int[] channelsOfInputs(int vertex, int subtask) {
            int[] channels =
                    new int[dataflow.vertices().get(vertex).sourceInputs().size()];
            for (Edge edge : dataflow.edges()) {
                if (edge.target() == vertex) {
                    EdgeWiring wiring = wiring(edge);
                    channels[edge.targetInput()] += wiring.endProducer(subtask) - wiring.firstProducer(subtask);
                }
            }
            return channels;
        }

        TaskGraph build() {
            dataflow.edges().forEach(this::connect);
            List<List<TaskLoop>> tasks = new ArrayList<>();
            List<ChannelWriter> writers = new ArrayList<>();
            for (int v = 0; v < dataflow.vertices().size(); v++) {
                List<TaskLoop> subtasks = new ArrayList<>();
                for (int subtask = 0; subtask < dataflow.vertices().get(v).parallelism(); subtask++) {
                    List<ChannelWriter> outputs = producers.get(v).get(subtask).stream()
                            .map(Exchange.Producer::writer)
                            .toList();
                    writers.addAll(outputs);
                    subtasks.add(task(v, subtask, outputs));
                }
                tasks.add(List.copyOf(subtasks));
            }
            return new TaskGraph(List.copyOf(tasks), List.copyOf(writers));
        }

        private void connect(Edge edge) {
            EdgeWiring wiring = wiring(edge);
            List<Exchange.Producer> ends = new ArrayList<>();
            for (int producer = 0; producer < wiring.producers(); producer++) {
                Exchange.Producer end = exchange.producer(
                        wiring.channels(producer),
                        edge.bufferTimeoutMillis(),
                        edge.bounded(),
                        edge.overtakable(),
                        signals.get(edge.source()).get(producer));
                ends.add(end);
                producers.get(edge.source()).get(producer).add(end);
            }
            for (int consumer = 0; consumer < wiring.consumers(); consumer++) {
                for (int producer = wiring.firstProducer(consumer);
                        producer < wiring.endProducer(consumer);
                        producer++) {
                    consumers
                            .get(edge.target())
                            .get(consumer)
                            .connect(edge.targetInput(), ends.get(producer), wiring.channel(consumer));
                }
            }
        }

        private TaskLoop task(int v, int subtask, List<ChannelWriter> outputs) {
            Vertex vertex = dataflow.vertices().get(v);
            SubtaskId id = new SubtaskId(v, vertex.name(), subtask, vertex.parallelism(), attempt);
            boolean[] sources = new boolean[vertex.sourceInputs().size()];
            for (int input = 0; input < sources.length; input++) {
                sources[input] = vertex.sourceInputs().get(input);
            }
            return new TaskLoop(
                    id,
                    new SubtaskPlan(sources),
                    () -> vertex.processors().create(id),
                    consumers.get(v).get(subtask).gate(),
                    outputs,
                    signals.get(v).get(subtask),
                    checkpointing);
        }
    }
}

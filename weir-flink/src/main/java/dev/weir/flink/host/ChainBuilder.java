package dev.weir.flink.host;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.flink.shim.OperatorShell;
import dev.weir.flink.twin.Link;
import dev.weir.flink.twin.SourceTwin;
import dev.weir.flink.twin.Twin;
import dev.weir.flink.twin.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.jobgraph.IntermediateDataSetID;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.streaming.api.graph.NonChainedOutput;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactoryUtil;
import org.apache.flink.streaming.runtime.io.RecordProcessorUtils;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;
import org.apache.flink.streaming.runtime.partitioner.ConfigurableStreamPartitioner;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the operator chain of one subtask out of its vertex's {@link StreamConfig}s, from the tails to the head, and
 * connects it by outputs. Used once, on the task thread. Operators created so far are in {@link #created()}, also when
 * {@link #build} throws, so that they can be closed.
 */
final class ChainBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(ChainBuilder.class);

    private final OperatorShell shell;
    private final StreamConfig headConfig;
    private final Map<Integer, StreamConfig> configs;
    private final ClassLoader loader;
    private final OperatorEvents events;
    private final List<EdgeWriter> writers;
    private final HostedVertex vertex;
    private final boolean objectReuse;
    private final ChainLinks links;
    private final Map<IntermediateDataSetID, EdgeOutput<Object>> edgeOutputs = new HashMap<>();
    private final Deque<HostedOperator> created = new ArrayDeque<>();

    /** @param writers of the vertex's output edges */
    ChainBuilder(
            OperatorShell shell,
            StreamConfig headConfig,
            OperatorEvents events,
            List<EdgeWriter> writers,
            HostedVertex vertex,
            ChainLinks links) {
        this.shell = shell;
        this.links = links;
        this.headConfig = headConfig;
        this.loader = shell.getEnvironment().getUserCodeClassLoader().asClassLoader();
        this.configs = headConfig.getTransitiveChainedTaskConfigsWithSelf(loader);
        BackendChoice.tell(shell.getEnvironment(), configs.values());
        BackendChoice.tell(shell.getEnvironment(), List.of(headConfig));
        this.events = events;
        this.writers = writers;
        this.vertex = vertex;
        this.objectReuse = shell.getEnvironment().getExecutionConfig().isObjectReuseEnabled();
    }

    /** Operators in the order from heads to tails, as far as they exist. */
    List<HostedOperator> created() {
        return List.copyOf(created);
    }

    Chain build() throws Exception {
        for (NonChainedOutput output : headConfig.getVertexNonChainedOutputs(loader)) {
            edgeOutputs.put(output.getDataSetId(), edgeOutput(output));
        }
        Emitter mainEmitter = emitter(headConfig);
        Made main = operator(headConfig, mainEmitter, true);
        Map<StreamConfig.SourceInputConfig, Chain.ChainedSource> sources = chainedSources(main.operator());
        return new Chain(
                List.copyOf(created), main.operator(), main.links(), mainEmitter.output(), main.source(), sources);
    }

    private EdgeOutput<Object> edgeOutput(NonChainedOutput output) throws Exception {
        StreamConfig producer = config(output.getSourceNodeId());
        OutputTag<?> tag = output.getOutputTag();
        TypeSerializer<Object> serializer =
                tag == null ? producer.getTypeSerializerOut(loader) : producer.getTypeSerializerSideOut(tag, loader);
        // edges may share a partitioner instance, whose state belongs to one output only
        StreamPartitioner<Object> partitioner = InstantiationUtil.clone(own(output.getPartitioner()), loader);
        // what the graph says of the consumer may be open still, and the partitioner's own default is another
        Integer keyGroups = vertex.keyGroupsByDataSet().get(output.getDataSetId());
        if (partitioner instanceof ConfigurableStreamPartitioner configurable && keyGroups != null) {
            configurable.configure(keyGroups);
        }
        List<EdgeWriter> mine = new ArrayList<>();
        for (int edge : vertex.edgesByDataSet().getOrDefault(output.getDataSetId(), List.of())) {
            mine.add(writers.get(edge));
        }
        return links.edge(output.getDataSetId().toString(), own(tag), partitioner, mine, serializer);
    }

    @SuppressWarnings("unchecked") // element types are checked by Flink when the graph is built
    private static StreamPartitioner<Object> own(StreamPartitioner<?> partitioner) {
        return (StreamPartitioner<Object>) partitioner;
    }

    @SuppressWarnings("unchecked") // as above
    private static @Nullable OutputTag<Object> own(@Nullable OutputTag<?> tag) {
        return (OutputTag<Object>) tag;
    }

    private StreamConfig config(int node) {
        StreamConfig config = configs.get(node);
        if (config == null) {
            throw new IllegalStateException("the chain of '" + headConfig.getOperatorName() + "' has no node " + node);
        }
        return config;
    }

    /**
     * @param output where an operator's records go
     * @param counted whether the output counts the operator's records itself
     */
    private record Emitter(HostedOutput<Object> output, boolean counted) {}

    private Emitter emitter(StreamConfig config) throws Exception {
        List<HostedOutput<Object>> outputs = new ArrayList<>();
        for (NonChainedOutput output : config.getOperatorNonChainedOutputs(loader)) {
            EdgeOutput<Object> edge = edgeOutputs.get(output.getDataSetId());
            if (edge == null) {
                throw new IllegalStateException("data set " + output.getDataSetId() + " is not one of its vertex");
            }
            outputs.add(edge);
        }
        boolean counted = false;
        for (StreamEdge edge : config.getChainedOutputs(loader)) {
            // only one of several chained consumers counts what this operator emits
            outputs.add(chained(config, config(edge.getTargetId()), own(edge.getOutputTag()), !counted));
            counted = true;
        }
        if (outputs.size() == 1) {
            if (outputs.get(0) instanceof EdgeOutput<Object> edge) {
                edge.countInto(taskCounter());
            }
            return new Emitter(outputs.get(0), counted);
        }
        return new Emitter(new FanOutput<>(outputs, objectReuse, taskCounter()), counted);
    }

    private Counter taskCounter() {
        Counter counter = new SimpleCounter();
        shell.getEnvironment().getMetricGroup().getIOMetricGroup().reuseRecordsOutputCounter(counter);
        return counter;
    }

    @SuppressWarnings("unchecked") // a chained operator has one input, of the type its producer emits
    private HostedOutput<Object> chained(
            StreamConfig producer, StreamConfig consumer, @Nullable OutputTag<Object> tag, boolean count)
            throws Exception {
        Made made = operator(consumer, emitter(consumer), false);
        if (made.links().size() != 1) {
            throw new IllegalStateException("chained operator '" + consumer.getOperatorName() + "' has not one input");
        }
        StreamOperator<Object> operator = made.operator();
        ChainedOutput<Object> output = links.chained(
                consumer,
                (OneInputStreamOperator<Object, Object>) operator,
                made.links().get(0),
                objectReuse ? null : consumer.getTypeSerializerIn(0, loader),
                tag,
                count ? recordsOut(producer) : null,
                received(operator));
        operator.getMetricGroup().gauge(MetricNames.IO_CURRENT_INPUT_WATERMARK, output.getWatermarkGauge()::getValue);
        return output;
    }

    private static Counter received(StreamOperator<?> operator) {
        return operator.getMetricGroup().getIOMetricGroup().getNumRecordsInCounter();
    }

    /**
     * @param links the ways into an operator of one or two inputs, none for others
     * @param source the twin of a source that runs natively
     */
    private record Made(StreamOperator<Object> operator, List<Link> links, @Nullable SourceTwin source) {}

    private Made operator(StreamConfig config, Emitter emitter, boolean head) {
        StreamOperatorFactory<Object> factory = config.getStreamOperatorFactory(loader);
        Verdict verdict = links.verdict(config, factory);
        Counter recordsOut = emitter.counted() ? null : recordsOut(config);
        HostedOutput<Object> output =
                recordsOut == null ? emitter.output() : links.counted(config, emitter.output(), recordsOut);
        Tuple2<StreamOperator<Object>, java.util.Optional<ProcessingTimeService>> made =
                StreamOperatorFactoryUtil.createOperator(factory, shell, config, output, events);
        StreamOperator<Object> operator = made.f0;
        operator.getMetricGroup().gauge(MetricNames.IO_CURRENT_OUTPUT_WATERMARK, output.getWatermarkGauge()::getValue);
        List<ChainLinks.Entry> entries = links.entries(config, operator, output, verdict.isNative());
        List<Twin> twins = entries.stream()
                .map(ChainLinks.Entry::twin)
                .filter(Objects::nonNull)
                .toList();
        SourceTwin source = operator instanceof SourceOperator<Object, ?> hosted && verdict.isNative()
                ? links.source(config, hosted, emitter.output())
                : null;
        say(config, verdict);
        created.addFirst(new HostedOperator(
                operator,
                made.f1.orElse(null),
                shell.getMailboxExecutorFactory().createExecutor(config.getChainIndex()),
                head,
                twins));
        return new Made(operator, entries.stream().map(ChainLinks.Entry::link).toList(), source);
    }

    /** What was built, as {@code weir run --explain} foretells it. */
    private void say(StreamConfig config, Verdict verdict) {
        if (LOG.isDebugEnabled() && shell.getEnvironment().getTaskInfo().getIndexOfThisSubtask() == 0) {
            LOG.debug(
                    "operator '{}' of '{}' runs {}: {}",
                    config.getOperatorName(),
                    vertex.name(),
                    verdict.isNative() ? "native" : "hosted",
                    verdict.reason());
        }
    }

    /** Null for sink writers, whose records-out counter means records written to the outside (FLIP-33). */
    private @Nullable Counter recordsOut(StreamConfig config) {
        if (SinkWriterOperatorFactory.class.isAssignableFrom(config.getStreamOperatorFactoryClass(loader))) {
            return null;
        }
        return shell.getEnvironment()
                .getMetricGroup()
                .getOrAddOperator(
                        config.getOperatorID(), config.getOperatorName(), config.getAdditionalMetricVariables())
                .getIOMetricGroup()
                .getNumRecordsOutCounter();
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // inputs of a multiple-input operator are raw in Flink
    private Map<StreamConfig.SourceInputConfig, Chain.ChainedSource> chainedSources(StreamOperator<Object> main)
            throws Exception {
        Map<StreamConfig.SourceInputConfig, Chain.ChainedSource> sources = new HashMap<>();
        StreamConfig.InputConfig[] inputs = headConfig.getInputs(loader);
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] instanceof StreamConfig.SourceInputConfig source) {
                StreamConfig config = config(source.getInputEdge().getSourceId());
                Input<Object> input =
                        ((MultipleInputStreamOperator<Object>) main).getInputs().get(i);
                TypeSerializer<Object> serializer = config.getTypeSerializerOut(loader);
                Link link = links.hosted("source " + i, RecordProcessorUtils.getRecordProcessor(input));
                HostedOutput<Object> output = links.chained(
                        config,
                        input,
                        link,
                        objectReuse ? null : serializer,
                        own(source.getInputEdge().getOutputTag()),
                        recordsOut(config),
                        received(main));
                Made made = operator(config, new Emitter(output, true), true);
                sources.put(source, new Chain.ChainedSource((SourceOperator) made.operator(), output, made.source()));
            }
        }
        return sources;
    }
}

package dev.weir.flink.host;

import dev.weir.engine.exchange.Copier;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordSize;
import dev.weir.engine.state.KeysAhead;
import dev.weir.flink.record.Copiers;
import dev.weir.flink.record.RecordSizes;
import dev.weir.flink.record.SerializedRecords;
import dev.weir.flink.twin.Link;
import dev.weir.flink.twin.NativeOptions;
import dev.weir.flink.twin.SourceTwin;
import dev.weir.flink.twin.SourceTwins;
import dev.weir.flink.twin.Templates;
import dev.weir.flink.twin.Twin;
import dev.weir.flink.twin.Twins;
import dev.weir.flink.twin.Verdict;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.io.RecordProcessorUtils;
import org.apache.flink.streaming.runtime.partitioner.ForwardPartitioner;
import org.apache.flink.streaming.runtime.partitioner.GlobalPartitioner;
import org.apache.flink.streaming.runtime.partitioner.KeyGroupStreamPartitioner;
import org.apache.flink.streaming.runtime.partitioner.RebalancePartitioner;
import org.apache.flink.streaming.runtime.partitioner.RescalePartitioner;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.ThrowingConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the links that records take through one chain, each from the copy of its template that belongs to its place in the
 * job. Used while the chain is built, on the task thread.
 */
final class ChainLinks {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

    private final Templates templates;
    private final NativeOptions.Choice choice;
    private final String vertex;
    private final ClassLoader loader;
    private final Configuration cluster;

    /**
     * @param choice which operators run on a twin
     * @param cluster the configuration of the task manager, as Flink calls it
     */
    ChainLinks(
            Templates templates,
            NativeOptions.Choice choice,
            String vertex,
            ClassLoader loader,
            Configuration cluster) {
        this.templates = templates;
        this.choice = choice;
        this.vertex = vertex;
        this.loader = loader;
        this.cluster = cluster;
    }

    /**
     * The way into one input of an operator.
     *
     * @param twin what stands for the operator; null where it is hosted
     */
    record Entry(Link link, @Nullable Twin twin) {}

    /** Whether an operator will run natively. */
    Verdict verdict(StreamConfig config, StreamOperatorFactory<?> factory) {
        return Twins.verdict(choice, factory, config, loader);
    }

    /**
     * The ways into an operator of one or two inputs, none for others.
     *
     * @param output where the operator emits
     */
    @SuppressWarnings("unchecked") // element types are checked by Flink when the graph is built
    List<Entry> entries(
            StreamConfig config, StreamOperator<Object> operator, HostedOutput<Object> output, boolean runsNatively) {
        if (operator instanceof OneInputStreamOperator) {
            OneInputStreamOperator<Object, Object> one = (OneInputStreamOperator<Object, Object>) operator;
            return List.of(
                    runsNatively
                            ? entry(config, operator, 0, output)
                            : hosted(config, 0, RecordProcessorUtils.getRecordProcessor(one)));
        }
        if (operator instanceof TwoInputStreamOperator) {
            TwoInputStreamOperator<Object, Object, Object> two =
                    (TwoInputStreamOperator<Object, Object, Object>) operator;
            return runsNatively
                    ? List.of(entry(config, operator, 0, output), entry(config, operator, 1, output))
                    : List.of(
                            hosted(config, 0, RecordProcessorUtils.getRecordProcessor1(two)),
                            hosted(config, 1, RecordProcessorUtils.getRecordProcessor2(two)));
        }
        return List.of();
    }

    @SuppressWarnings("unchecked") // as above
    private Entry entry(StreamConfig config, StreamOperator<Object> operator, int input, HostedOutput<Object> output) {
        Twins.Site site = new Twins.Site(operator, input, output, output, templates, place(config, input));
        Twin twin = Twins.of(site);
        KeySelector<Object, Object> selector =
                (KeySelector<Object, Object>) (KeySelector<?, ?>) config.getStatePartitioner(input, loader);
        return new Entry(selector == null ? twin : Twins.keyed(site, selector, twin), twin);
    }

    private Entry hosted(StreamConfig config, int input, ThrowingConsumer<StreamRecord<Object>, Exception> operator) {
        return new Entry(templates.make(HERE, HostedLink.class, place(config, input), operator), null);
    }

    /** What stands for a source that runs natively. */
    SourceTwin source(StreamConfig config, SourceOperator<Object, ?> operator, Link next) {
        return SourceTwins.of(operator, next, templates, place(config));
    }

    /** The way into a part that is hosted whatever it is. */
    Link hosted(String part, ThrowingConsumer<StreamRecord<Object>, Exception> operator) {
        return templates.make(HERE, HostedLink.class, place(part), operator);
    }

    /**
     * The way from the channels of an input.
     *
     * @param ahead told of the keys that come next, where there are any
     */
    ChannelRun run(int input, Link link, Counter received, @Nullable KeysAhead ahead) {
        return templates.make(HERE, CountedRun.class, place("input " + input), link, received, ahead);
    }

    /** Counts what an operator emits. */
    @SuppressWarnings("unchecked") // a copied class is raw
    HostedOutput<Object> counted(StreamConfig config, HostedOutput<Object> output, Counter sent) {
        return templates.make(HERE, CountedOutput.class, place(config), output, sent);
    }

    /** What goes to the next operator, see {@link ChainedLink}. */
    ChainedOutput<Object> chained(
            StreamConfig consumer,
            Input<Object> input,
            Link operator,
            @Nullable TypeSerializer<Object> copied,
            @Nullable OutputTag<Object> tag,
            @Nullable Counter sent,
            Counter received) {
        String place = place(consumer);
        Copier<Object> copier = copied == null ? null : Copiers.forChaining(copied, loader, templates, place);
        return templates.make(HERE, ChainedLink.class, place, input, operator, copier, tag, sent, received);
    }

    /** What goes to an edge. */
    EdgeOutput<Object> edge(
            String dataSet,
            @Nullable OutputTag<Object> tag,
            StreamPartitioner<Object> partitioner,
            List<EdgeWriter> writers,
            TypeSerializer<Object> serializer) {
        String place = place(dataSet);
        EdgeWriter[] all = writers.toArray(EdgeWriter[]::new);
        RecordSize size = RecordSizes.of(serializer);
        writers.forEach(writer -> writer.charge(size));
        writers.forEach(writer -> writer.store(() -> SerializedRecords.of(serializer, cluster)));
        return templates.make(
                HERE,
                EdgeLink.class,
                place,
                tag,
                all,
                choice(place, partitioner, EdgeOutput.channels(all)),
                Copiers.forSerializer(serializer, loader, templates, place),
                Copiers.rows(serializer, templates, place));
    }

    @SuppressWarnings("unchecked") // keys are objects at run time
    private @Nullable ChannelChoice choice(String place, StreamPartitioner<Object> partitioner, int channels) {
        if (partitioner.isBroadcast()) {
            return null;
        }
        Class<?> type = partitioner.getClass();
        if (type == KeyGroupStreamPartitioner.class) {
            KeyGroupStreamPartitioner<Object, Object> byKey = (KeyGroupStreamPartitioner<Object, Object>) partitioner;
            return templates.make(
                    HERE,
                    KeyGroupChoice.class,
                    place,
                    PartitionerKeys.selector(byKey),
                    byKey.getMaxParallelism(),
                    channels);
        }
        if (type == RebalancePartitioner.class) {
            return new RoundRobinChoice(channels, ThreadLocalRandom.current().nextInt(channels));
        }
        if (type == RescalePartitioner.class) {
            return new RoundRobinChoice(channels, -1);
        }
        if (type == ForwardPartitioner.class || type == GlobalPartitioner.class) {
            return new FirstChoice();
        }
        partitioner.setup(channels);
        return new FlinkChoice(partitioner);
    }

    private String place(StreamConfig config) {
        return place("operator " + config.getVertexID());
    }

    private String place(StreamConfig config, int input) {
        return place(config) + ", input " + input;
    }

    private String place(String part) {
        return vertex + ", " + part;
    }
}

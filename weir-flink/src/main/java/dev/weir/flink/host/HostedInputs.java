package dev.weir.flink.host;

import dev.weir.engine.state.KeysAhead;
import dev.weir.engine.task.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.InputSelectable;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamSource;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.io.RecordProcessorUtils;
import org.apache.flink.streaming.runtime.metrics.MinWatermarkGauge;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.watermark.AbstractInternalWatermarkDeclaration;
import org.jspecify.annotations.Nullable;

/** The logical inputs of a chain's main operator, in Flink's order. Owned by the task thread. */
final class HostedInputs {
    private final List<HostedInput> inputs = new ArrayList<>();
    private final List<WatermarkGauge> watermarks = new ArrayList<>();
    private final TaskContext context;
    private final Counter received;
    private final Set<AbstractInternalWatermarkDeclaration<?>> declarations;
    private final ChainLinks links;
    private @Nullable SortedInputs sorted;
    private long ended;

    private HostedInputs(
            TaskContext context,
            Counter received,
            Set<AbstractInternalWatermarkDeclaration<?>> declarations,
            ChainLinks links) {
        this.links = links;
        this.context = context;
        this.received = received;
        this.declarations = declarations;
    }

    @SuppressWarnings({"deprecation", "unchecked"}) // legacy sources still run; Flink checked the graph's types
    static HostedInputs of(
            Chain chain,
            StreamConfig config,
            SubtaskEnvironment environment,
            TaskContext context,
            StreamTask<?, ?> task,
            SourceInput.Budget budget,
            Object lock,
            ChainLinks links)
            throws Exception {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        StreamOperator<?> main = chain.main();
        Counter received = main.getMetricGroup().getIOMetricGroup().getNumRecordsInCounter();
        environment.getMetricGroup().getIOMetricGroup().reuseRecordsInputCounter(received);
        HostedInputs inputs = new HostedInputs(context, received, config.getWatermarkDeclarations(loader), links);
        if (main instanceof SourceOperator<?, ?>) {
            inputs.source(
                    new Chain.ChainedSource((SourceOperator<Object, ?>) main, chain.mainOutput(), chain.mainSource()),
                    budget);
        } else if (main instanceof StreamSource<?, ?> legacy) {
            inputs.inputs.add(new LegacySourceInput(
                    legacy, lock, environment.getTaskInfo().getTaskNameWithSubtasks(), context::wake));
        } else {
            inputs.operatorInputs(chain, config, environment, task, budget);
        }
        if (!inputs.watermarks.isEmpty()) {
            MinWatermarkGauge least = new MinWatermarkGauge(inputs.watermarks.toArray(WatermarkGauge[]::new));
            main.getMetricGroup().gauge(MetricNames.IO_CURRENT_INPUT_WATERMARK, least);
            environment.getMetricGroup().gauge(MetricNames.IO_CURRENT_INPUT_WATERMARK, least::getValue);
        }
        return inputs;
    }

    private void operatorInputs(
            Chain chain,
            StreamConfig config,
            SubtaskEnvironment environment,
            StreamTask<?, ?> task,
            SourceInput.Budget budget)
            throws Exception {
        StreamConfig.InputConfig[] configs =
                config.getInputs(environment.getUserCodeClassLoader().asClassLoader());
        List<@Nullable OperatorInput> targets = targets(chain, configs);
        List<PushingAsyncDataInput.@Nullable DataOutput<Object>> toSort = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            toSort.add(i < configs.length && StreamConfig.requiresSorting(configs[i]) ? targets.get(i) : null);
        }
        SortedInputs sorting =
                toSort.stream().allMatch(Objects::isNull) ? null : new SortedInputs(config, toSort, environment, task);
        sorted = sorting;
        for (int i = 0; i < targets.size(); i++) {
            OperatorInput target = targets.get(i);
            if (target == null) {
                Chain.ChainedSource source = chain.sources().get((StreamConfig.SourceInputConfig) configs[i]);
                if (source == null) {
                    throw new IllegalStateException("input " + i + " of " + chain.main() + " has no chained source");
                }
                source(source, budget);
            } else {
                watermarks.add(target.watermarkGauge());
                channels(chain.main(), target, sorting != null && sorting.sorts(i) ? sorting.entrance(i) : null);
            }
        }
    }

    /** The operator's side of each input that reads channels, null for chained sources. */
    @SuppressWarnings("unchecked") // Flink checked the graph's types; at run time all are objects
    private List<@Nullable OperatorInput> targets(Chain chain, StreamConfig.InputConfig[] configs) {
        StreamOperator<?> main = chain.main();
        List<@Nullable OperatorInput> targets = new ArrayList<>();
        if (main instanceof TwoInputStreamOperator<?, ?, ?>) {
            TwoInputStreamOperator<Object, Object, Object> two = (TwoInputStreamOperator<Object, Object, Object>) main;
            targets.add(new OperatorInput(
                    OperatorInput.first(two), chain.mainLinks().get(0), received));
            targets.add(new OperatorInput(
                    OperatorInput.second(two), chain.mainLinks().get(1), received));
        } else if (main instanceof MultipleInputStreamOperator<?> multiple) {
            for (int i = 0; i < configs.length; i++) {
                Input<Object> input = (Input<Object>) multiple.getInputs().get(i);
                targets.add(
                        configs[i] instanceof StreamConfig.SourceInputConfig
                                ? null
                                : new OperatorInput(
                                        input,
                                        links.hosted("input " + i, RecordProcessorUtils.getRecordProcessor(input)),
                                        received));
            }
        } else {
            targets.add(
                    new OperatorInput((Input<Object>) main, chain.mainLinks().get(0), received));
        }
        return targets;
    }

    private void source(Chain.ChainedSource source, SourceInput.Budget budget) throws Exception {
        // the reader is made here and not in open(), since its metrics belong to the input
        source.operator().initReader();
        inputs.add(new SourceInput(source.operator(), source.output(), source.twin(), budget, context));
    }

    private void channels(
            StreamOperator<?> main, OperatorInput target, PushingAsyncDataInput.@Nullable DataOutput<Object> sorter) {
        int input = inputs.size();
        // what a sorter hands on it counts then
        ChannelRun run = sorter == null
                ? links.run(input, target.link(), received, keysOf(main))
                : links.run(
                        input,
                        (value, timestamp) -> sorter.emitRecord(HostedOutput.record(value, timestamp)),
                        new SimpleCounter(),
                        null);
        inputs.add(new ChannelInput(
                sorter == null ? target : sorter,
                run,
                context.channels(input),
                declarations,
                channel -> context.block(input, channel),
                () -> context.unblock(input)));
    }

    /** Whoever has an operator's keyed state, which is not there yet. */
    private static @Nullable KeysAhead keysOf(StreamOperator<?> main) {
        return main instanceof AbstractStreamOperator<?> operator
                ? (keyHashes, from, to) -> {
                    if (operator.getKeyedStateBackend() instanceof KeysAhead state) {
                        state.expect(keyHashes, from, to);
                    }
                }
                : null;
    }

    @Nullable
    InputSelectable selectable(Chain chain) {
        return chain.main() instanceof InputSelectable operator ? operator : null;
    }

    HostedInput get(int input) {
        return inputs.get(input);
    }

    /** Shows the records of each input to somebody, or to nobody. */
    void tap(IntFunction<@Nullable KeyTap> taps) {
        for (int input = 0; input < inputs.size(); input++) {
            inputs.get(input).tap(taps.apply(input));
        }
    }

    /** One bit for each input. */
    long mask() {
        return inputs.size() >= Long.SIZE ? -1L : (1L << inputs.size()) - 1;
    }

    /** Ends one input; the records of sorted ones are handed on when all inputs have ended. */
    void endInput(Chain chain, int input, SortedInputs.Turn turn) throws Exception {
        ended |= 1L << input;
        if (sorted == null || !sorted.sorts(input)) {
            chain.endInput(input + 1);
        }
        if (sorted != null && ended == mask()) {
            sorted.drain(turn, last -> chain.endInput(last + 1));
        }
    }

    /** Where sources feed the chain, the end of event time starts here. */
    void endOfEventTime(Chain chain) {
        for (HostedInput input : inputs) {
            if (input instanceof SourceInput source) {
                source.emitMaxWatermark();
            } else if (input instanceof LegacySourceInput) {
                chain.mainOutput().emitWatermark(Watermark.MAX_WATERMARK);
            }
        }
    }

    /** Has sources end at their next pull. */
    void stop(boolean drain) {
        inputs.forEach(input -> input.stop(drain));
    }

    void cancel() {
        inputs.forEach(HostedInput::cancel);
    }

    void close() throws Exception {
        for (HostedInput input : inputs) {
            input.close();
        }
        if (sorted != null) {
            sorted.close();
        }
    }
}

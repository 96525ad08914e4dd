package dev.weir.flink.host;

import dev.weir.engine.task.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.InputSelectable;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamSource;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.metrics.MinWatermarkGauge;
import org.apache.flink.streaming.runtime.metrics.WatermarkGauge;
import org.apache.flink.streaming.runtime.watermark.AbstractInternalWatermarkDeclaration;
import org.jspecify.annotations.Nullable;

/** The logical inputs of a chain's main operator, in Flink's order. Owned by the task thread. */
final class HostedInputs {
    private final List<HostedInput> inputs = new ArrayList<>();
    private final List<WatermarkGauge> watermarks = new ArrayList<>();
    private final TaskContext context;
    private final Counter received;
    private final Set<AbstractInternalWatermarkDeclaration<?>> declarations;

    private HostedInputs(
            TaskContext context, Counter received, Set<AbstractInternalWatermarkDeclaration<?>> declarations) {
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
            SourceInput.Budget budget,
            Object lock)
            throws Exception {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        StreamOperator<?> main = chain.main();
        Counter received = main.getMetricGroup().getIOMetricGroup().getNumRecordsInCounter();
        environment.getMetricGroup().getIOMetricGroup().reuseRecordsInputCounter(received);
        HostedInputs inputs = new HostedInputs(context, received, config.getWatermarkDeclarations(loader));
        if (main instanceof SourceOperator<?, ?>) {
            inputs.source((SourceOperator<Object, ?>) main, chain.mainOutput(), budget);
        } else if (main instanceof StreamSource<?, ?> legacy) {
            inputs.inputs.add(new LegacySourceInput(
                    legacy, lock, environment.getTaskInfo().getTaskNameWithSubtasks(), context::wake));
        } else {
            inputs.operatorInputs(chain, config.getInputs(loader), budget);
        }
        if (!inputs.watermarks.isEmpty()) {
            MinWatermarkGauge least = new MinWatermarkGauge(inputs.watermarks.toArray(WatermarkGauge[]::new));
            main.getMetricGroup().gauge(MetricNames.IO_CURRENT_INPUT_WATERMARK, least);
            environment.getMetricGroup().gauge(MetricNames.IO_CURRENT_INPUT_WATERMARK, least::getValue);
        }
        return inputs;
    }

    @SuppressWarnings("unchecked") // Flink checked the graph's types; at run time all are objects
    private void operatorInputs(Chain chain, StreamConfig.InputConfig[] configs, SourceInput.Budget budget)
            throws Exception {
        StreamOperator<?> main = chain.main();
        if (main instanceof TwoInputStreamOperator<?, ?, ?>) {
            TwoInputStreamOperator<Object, Object, Object> two = (TwoInputStreamOperator<Object, Object, Object>) main;
            channels(OperatorInput.first(two, received));
            channels(OperatorInput.second(two, received));
        } else if (main instanceof MultipleInputStreamOperator<?> multiple) {
            for (int i = 0; i < configs.length; i++) {
                if (configs[i] instanceof StreamConfig.SourceInputConfig chained) {
                    Chain.ChainedSource source = chain.sources().get(chained);
                    if (source == null) {
                        throw new IllegalStateException("input " + i + " of " + main + " has no chained source");
                    }
                    source(source.operator(), source.output(), budget);
                } else {
                    channels(OperatorInput.of(
                            (Input<Object>) multiple.getInputs().get(i), received));
                }
            }
        } else {
            channels(OperatorInput.of((Input<Object>) main, received));
        }
    }

    private void source(SourceOperator<Object, ?> operator, HostedOutput<Object> output, SourceInput.Budget budget)
            throws Exception {
        // the reader is made here and not in open(), since its metrics belong to the input
        operator.initReader();
        inputs.add(new SourceInput(operator, output, budget, context::wake));
    }

    private void channels(OperatorInput operator) {
        int input = inputs.size();
        watermarks.add(operator.watermarkGauge());
        inputs.add(new ChannelInput(operator, context.channels(input), declarations, context::wake));
    }

    @Nullable
    InputSelectable selectable(Chain chain) {
        return chain.main() instanceof InputSelectable operator ? operator : null;
    }

    HostedInput get(int input) {
        return inputs.get(input);
    }

    /** One bit for each input. */
    long mask() {
        return inputs.size() >= Long.SIZE ? -1L : (1L << inputs.size()) - 1;
    }

    void endInput(Chain chain, int input) throws Exception {
        chain.endInput(input + 1);
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

    void cancel() {
        inputs.forEach(HostedInput::cancel);
    }

    void close() throws Exception {
        for (HostedInput input : inputs) {
            input.close();
        }
    }
}

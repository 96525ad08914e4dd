package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.MultipleConnectedStreams;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.AbstractInput;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorV2;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.InputSelectable;
import org.apache.flink.streaming.api.operators.InputSelection;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.transformations.KeyedMultipleInputTransformation;
import org.apache.flink.streaming.api.transformations.MultipleInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Operators of the user's own, with one, two and many inputs. */
final class Operators {
    private Operators() {}

    static List<Program> programs() {
        return List.of(
                program("operator-one-input", Operators::oneInput, Trait.BY_PARALLELISM),
                program("operator-selects-its-inputs", Operators::selecting, Trait.ORDERED),
                program("operator-three-inputs", Operators::threeInputs),
                program("operator-three-inputs-keyed", Operators::threeInputsKeyed),
                program("operator-with-chained-sources", Operators::chainedSources));
    }

    private static final class Narrating extends AbstractStreamOperator<String>
            implements OneInputStreamOperator<Reading, String>, BoundedOneInput {
        @Override
        public void processElement(StreamRecord<Reading> element) {
            output.collect(element.replace(element.getValue() + " at " + element.getTimestamp()));
        }

        @Override
        public void processWatermark(Watermark mark) throws Exception {
            output.collect(new StreamRecord<>("watermark " + mark.getTimestamp()));
            super.processWatermark(mark);
        }

        @Override
        public void endInput() {
            output.collect(new StreamRecord<>("end of input"));
        }

        @Override
        public void finish() {
            output.collect(new StreamRecord<>("finish"));
        }
    }

    private static void oneInput(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(10, 2))
                .keyBy(Reading::getKey)
                .transform("narrating", Types.STRING, new Narrating()));
        env.execute();
    }

    /** Reads the second input to its end before the first. */
    private static final class SecondFirst extends AbstractStreamOperator<String>
            implements TwoInputStreamOperator<Integer, Integer, String>, InputSelectable, BoundedMultiInput {
        private boolean secondEnded;

        @Override
        public InputSelection nextSelection() {
            return secondEnded ? InputSelection.FIRST : InputSelection.SECOND;
        }

        @Override
        public void processElement1(StreamRecord<Integer> element) {
            output.collect(new StreamRecord<>("first " + element.getValue()));
        }

        @Override
        public void processElement2(StreamRecord<Integer> element) {
            output.collect(new StreamRecord<>("second " + element.getValue()));
        }

        @Override
        public void endInput(int input) {
            output.collect(new StreamRecord<>("end of " + input));
            secondEnded |= input == 2;
        }
    }

    private static void selecting(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(env.fromData(1, 2, 3, 4, 5)
                .connect(env.fromData(10, 20, 30))
                .transform("second first", Types.STRING, new SecondFirst())
                .setParallelism(1));
        env.execute();
    }

    private static final class Tagging extends AbstractStreamOperatorV2<String>
            implements MultipleInputStreamOperator<String>, BoundedMultiInput {
        private final boolean keyed;
        private transient ValueState<Long> seen;

        private Tagging(StreamOperatorParameters<String> parameters, boolean keyed) {
            super(parameters, 3);
            this.keyed = keyed;
        }

        @Override
        public void initializeState(StateInitializationContext context) throws Exception {
            super.initializeState(context);
            if (keyed) {
                seen = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("seen", Types.LONG));
            }
        }

        @Override
        @SuppressWarnings("rawtypes")
        public List<Input> getInputs() {
            return List.of(input(1), input(2), input(3));
        }

        @SuppressWarnings("unchecked") // a method of Flink's AbstractInput is
        private Input<Long> input(int number) {
            return new AbstractInput<Long, String>(this, number) {
                @Override
                public void processElement(StreamRecord<Long> element) throws Exception {
                    if (keyed) {
                        long now = seen.value() == null ? 1 : seen.value() + 1;
                        seen.update(now);
                        output.collect(new StreamRecord<>(element.getValue() % 5 + " #" + now));
                    } else {
                        output.collect(new StreamRecord<>(number + ": " + element.getValue()));
                    }
                }
            };
        }

        @Override
        public void endInput(int input) {}
    }

    private static final class TaggingFactory extends AbstractStreamOperatorFactory<String> {
        private final boolean keyed;

        private TaggingFactory(boolean keyed) {
            this.keyed = keyed;
        }

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
        public <T extends StreamOperator<String>> T createStreamOperator(StreamOperatorParameters<String> parameters) {
            return (T) new Tagging(parameters, keyed);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
            return Tagging.class;
        }
    }

    private static void threeInputs(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        MultipleInputTransformation<String> tagging = new MultipleInputTransformation<>(
                "tagging", new TaggingFactory(false), Types.STRING, run.parallelism());
        for (int input = 1; input <= 3; input++) {
            int factor = input;
            tagging.addInput(
                    env.fromSequence(1, 10).map(n -> n * factor).rebalance().getTransformation());
        }
        finish(run, env, tagging);
    }

    private static void threeInputsKeyed(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        KeyedMultipleInputTransformation<String> tagging = new KeyedMultipleInputTransformation<>(
                "tagging", new TaggingFactory(true), Types.STRING, run.parallelism(), Types.LONG);
        for (int input = 1; input <= 3; input++) {
            DataStream<Long> numbers = env.fromSequence(1, 10L * input);
            tagging.addInput(numbers.keyBy(n -> n % 5).getTransformation(), (Long n) -> n % 5);
        }
        env.addOperator(tagging);
        run.collect(new MultipleConnectedStreams(env).transform(tagging));
        env.execute();
    }

    private static void chainedSources(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        TaggingFactory factory = new TaggingFactory(false);
        factory.setChainingStrategy(ChainingStrategy.HEAD_WITH_SOURCES);
        MultipleInputTransformation<String> tagging =
                new MultipleInputTransformation<>("tagging", factory, Types.STRING, run.parallelism());
        for (int input = 1; input <= 2; input++) {
            tagging.addInput(env.fromSource(
                            new NumberSequenceSource(input * 100L, input * 100L + 20),
                            WatermarkStrategy.noWatermarks(),
                            "source " + input)
                    .getTransformation());
        }
        tagging.addInput(env.fromSequence(1, 10).rebalance().getTransformation());
        finish(run, env, tagging);
    }

    private static void finish(Run run, StreamExecutionEnvironment env, MultipleInputTransformation<String> tagging)
            throws Exception {
        env.addOperator(tagging);
        run.collect(new MultipleConnectedStreams(env).transform(tagging));
        env.execute();
    }
}

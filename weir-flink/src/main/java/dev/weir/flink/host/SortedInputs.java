package dev.weir.flink.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.memory.ManagedMemoryUseCase;
import org.apache.flink.runtime.checkpoint.channel.ChannelStateWriter;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.sort.MultiInputSortingDataInput;
import org.apache.flink.streaming.api.operators.sort.SortingDataInput;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.DataInputStatus;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.io.StreamTaskInput;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a batch-mode operator that wants its records grouped by key: Flink's external sorter takes them all in,
 * and when every input has ended they are handed on in the order of their keys. Owned by the task thread.
 */
final class SortedInputs implements AutoCloseable {

    /** Asked between two records of the drain: runs mails, and throws when the task was cancelled. */
    interface Turn {
        void take() throws Exception;
    }

    private record Sorted(
            int input,
            Pushed pushed,
            StreamTaskInput<Object> sorter,
            PushingAsyncDataInput.DataOutput<Object> target) {}

    private final List<Sorted> inputs = new ArrayList<>();

    /** @param targets the operator's side of each logical input, null where an input is not to be sorted */
    SortedInputs(
            StreamConfig config,
            List<PushingAsyncDataInput.@Nullable DataOutput<Object>> targets,
            SubtaskEnvironment environment,
            StreamTask<?, ?> task) {
        List<Pushed> pushed = new ArrayList<>();
        List<PushingAsyncDataInput.DataOutput<Object>> outputs = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            PushingAsyncDataInput.DataOutput<Object> target = targets.get(i);
            if (target != null) {
                pushed.add(new Pushed(i));
                outputs.add(target);
            }
        }
        List<StreamTaskInput<Object>> sorters = targets.size() == 1
                ? List.of(single(pushed.get(0), config, environment, task))
                : several(pushed, config, environment, task);
        for (int i = 0; i < sorters.size(); i++) {
            inputs.add(new Sorted(pushed.get(i).getInputIndex(), pushed.get(i), sorters.get(i), outputs.get(i)));
        }
    }

    private static StreamTaskInput<Object> single(
            Pushed input, StreamConfig config, SubtaskEnvironment environment, StreamTask<?, ?> task) {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        return new SortingDataInput<>(
                input,
                config.getTypeSerializerIn(input.getInputIndex(), loader),
                config.getStateKeySerializer(loader),
                config.getStatePartitioner(input.getInputIndex(), loader),
                environment.getMemoryManager(),
                environment.getIOManager(),
                environment.getExecutionConfig().isObjectReuseEnabled(),
                memoryFraction(config, environment, loader),
                environment.getTaskManagerInfo().getConfiguration(),
                task,
                environment.getExecutionConfig());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the sorter's own signature is of raw arrays
    private static List<StreamTaskInput<Object>> several(
            List<Pushed> inputs, StreamConfig config, SubtaskEnvironment environment, StreamTask<?, ?> task) {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        KeySelector<Object, Object>[] keys = new KeySelector[inputs.size()];
        TypeSerializer<Object>[] serializers = new TypeSerializer[inputs.size()];
        for (int i = 0; i < inputs.size(); i++) {
            keys[i] = (KeySelector) config.getStatePartitioner(inputs.get(i).getInputIndex(), loader);
            serializers[i] = config.getTypeSerializerIn(inputs.get(i).getInputIndex(), loader);
        }
        StreamTaskInput<?>[] sorted = MultiInputSortingDataInput.<Object>wrapInputs(
                        task,
                        inputs.toArray(StreamTaskInput[]::new),
                        keys,
                        serializers,
                        config.getStateKeySerializer(loader),
                        new StreamTaskInput[0],
                        environment.getMemoryManager(),
                        environment.getIOManager(),
                        environment.getExecutionConfig().isObjectReuseEnabled(),
                        memoryFraction(config, environment, loader),
                        environment.getTaskManagerInfo().getConfiguration(),
                        environment.getExecutionConfig())
                .getSortedInputs();
        List<StreamTaskInput<Object>> sorters = new ArrayList<>();
        for (StreamTaskInput<?> sorter : sorted) {
            sorters.add((StreamTaskInput<Object>) sorter);
        }
        return sorters;
    }

    private static double memoryFraction(StreamConfig config, SubtaskEnvironment environment, ClassLoader loader) {
        return config.getManagedMemoryFractionOperatorUseCaseOfSlot(
                ManagedMemoryUseCase.OPERATOR,
                environment.getJobConfiguration(),
                environment.getTaskManagerInfo().getConfiguration(),
                loader);
    }

    /** Where records of a sorted input go in. */
    PushingAsyncDataInput.DataOutput<Object> entrance(int input) {
        for (Sorted sorted : inputs) {
            if (sorted.input() == input) {
                return new Entrance(sorted);
            }
        }
        throw new IllegalArgumentException("input " + input + " is not sorted");
    }

    boolean sorts(int input) {
        return inputs.stream().anyMatch(sorted -> sorted.input() == input);
    }

    /** Ends an input inside the drain. */
    interface End {
        void input(int input) throws Exception;
    }

    /** Every input has ended: hands all records to the operator by key, and ends each input behind its last. */
    void drain(Turn turn, End end) throws Exception {
        List<Sorted> open = new ArrayList<>(inputs);
        inputs.forEach(sorted -> sorted.pushed().ended = true);
        while (!open.isEmpty()) {
            // only the input that holds the smallest key emits, the others say that they have nothing
            for (Sorted sorted : List.copyOf(open)) {
                DataInputStatus status;
                do {
                    turn.take();
                    status = sorted.sorter().emitNext(sorted.target());
                } while (status == DataInputStatus.MORE_AVAILABLE);
                if (status == DataInputStatus.END_OF_DATA) {
                    open.remove(sorted);
                    end.input(sorted.input());
                }
            }
        }
    }

    @Override
    public void close() throws Exception {
        for (Sorted sorted : inputs) {
            sorted.sorter().close();
        }
    }

    private interface Element {
        void into(PushingAsyncDataInput.DataOutput<Object> output) throws Exception;
    }

    /** Turns what is pushed, one element at a time, into what the sorter pulls. */
    private static final class Pushed implements StreamTaskInput<Object> {
        private final int input;
        private @Nullable Element next;
        private boolean ended;

        Pushed(int input) {
            this.input = input;
        }

        @Override
        public DataInputStatus emitNext(DataOutput<Object> output) throws Exception {
            Element element = next;
            next = null;
            if (element != null) {
                element.into(output);
                return DataInputStatus.NOTHING_AVAILABLE;
            }
            return ended ? DataInputStatus.END_OF_DATA : DataInputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public int getInputIndex() {
            return input;
        }

        @Override
        public CompletableFuture<?> getAvailableFuture() {
            return AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> prepareSnapshot(ChannelStateWriter writer, long checkpointId) {
            throw new IllegalStateException("batch mode takes no checkpoints");
        }

        @Override
        public void close() {}
    }

    private record Entrance(Sorted sorted) implements PushingAsyncDataInput.DataOutput<Object> {
        private void push(Element element) throws Exception {
            sorted.pushed().next = element;
            sorted.sorter().emitNext(sorted.target());
        }

        @Override
        public void emitRecord(StreamRecord<Object> record) throws Exception {
            push(output -> output.emitRecord(record));
        }

        @Override
        public void emitWatermark(Watermark watermark) throws Exception {
            push(output -> output.emitWatermark(watermark));
        }

        @Override
        public void emitWatermarkStatus(WatermarkStatus status) throws Exception {
            push(output -> output.emitWatermarkStatus(status));
        }

        @Override
        public void emitLatencyMarker(LatencyMarker marker) throws Exception {
            push(output -> output.emitLatencyMarker(marker));
        }

        @Override
        public void emitRecordAttributes(RecordAttributes attributes) throws Exception {
            push(output -> output.emitRecordAttributes(attributes));
        }

        @Override
        public void emitWatermark(WatermarkEvent watermark) throws Exception {
            push(output -> output.emitWatermark(watermark));
        }
    }
}

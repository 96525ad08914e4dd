package dev.weir.flink.host;

import dev.weir.engine.task.Processor.Progress;
import dev.weir.engine.task.TaskContext;
import dev.weir.flink.twin.SourceTwin;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.io.network.api.StopMode;
import org.apache.flink.runtime.metrics.groups.InternalSourceReaderMetricGroup;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.DataInputStatus;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.jspecify.annotations.Nullable;

/** An input that is a FLIP-27 source inside the chain. Owned by the task thread. */
final class SourceInput implements HostedInput {

    /** How many records the source may emit before it gives the task loop a turn. */
    static final class Budget {
        private int records;

        boolean take() {
            return records-- > 0;
        }
    }

    private final SourceOperator<Object, ?> operator;
    private final Emission emission;
    private final @Nullable SourceTwin twin;
    private final Budget budget;
    private final TaskContext task;
    private @Nullable CompletableFuture<?> awaited;

    /** @param twin stands for the operator while that has records at hand; null: nobody does */
    SourceInput(
            SourceOperator<Object, ?> operator,
            HostedOutput<Object> output,
            @Nullable SourceTwin twin,
            Budget budget,
            TaskContext task) {
        this.operator = operator;
        this.twin = twin;
        this.emission = new Emission(output, operator.getSourceMetricGroup());
        this.budget = budget;
        this.task = task;
    }

    @Override
    public Progress pull(int recordsMax) throws Exception {
        CompletableFuture<?> before = awaited;
        if (before != null && !before.isDone()) {
            // the task was woken for something else, and readers may emit whenever they are asked (rate limits do)
            return Progress.IDLE;
        }
        budget.records = twin == null ? recordsMax - 1 : 0;
        DataInputStatus status = operator.emitNext(emission);
        // readers that may have a limit to their rate say that nothing is available after each record
        if (twin != null && (status == DataInputStatus.MORE_AVAILABLE || status == DataInputStatus.NOTHING_AVAILABLE)) {
            twin.run(recordsMax - 1, task);
        }
        return switch (status) {
            case MORE_AVAILABLE -> Progress.MORE;
            case NOTHING_AVAILABLE -> await();
            case END_OF_DATA -> end(Progress.END);
            case STOPPED -> end(Progress.STOPPED);
            case END_OF_INPUT -> Progress.END;
            case END_OF_RECOVERY ->
                throw new IllegalStateException("unexpected status of source " + operator + ": " + status);
        };
    }

    /** Asked once more, the source tells its coordinator that its watermark holds back no aligned source any longer. */
    private Progress end(Progress how) throws Exception {
        DataInputStatus status = operator.emitNext(emission);
        // one that waits for its first checkpoint says the same until then
        boolean waits = status == DataInputStatus.END_OF_DATA && how == Progress.END;
        if (status != DataInputStatus.END_OF_INPUT && !waits) {
            throw new IllegalStateException("source " + operator + " goes on after the end of its data: " + status);
        }
        return how;
    }

    @Override
    public void stop(boolean drain) {
        // what it gives is done by the next pull, which the caller sees to
        CompletableFuture<Void> unused = operator.stop(drain ? StopMode.DRAIN : StopMode.NO_DRAIN);
    }

    private Progress await() {
        CompletableFuture<?> available = operator.getAvailableFuture();
        if (available.isDone()) {
            return Progress.MORE;
        }
        if (available != awaited) {
            // failed or not, the source says at its next pull
            CompletableFuture<?> unused = available.whenComplete((done, failure) -> task.wake());
            awaited = available;
        }
        return Progress.IDLE;
    }

    /** Event time ends here: no record can follow. */
    void emitMaxWatermark() {
        emission.emitWatermark(Watermark.MAX_WATERMARK);
    }

    private record Emission(HostedOutput<Object> output, InternalSourceReaderMetricGroup metrics)
            implements PushingAsyncDataInput.DataOutput<Object> {
        @Override
        public void emitRecord(StreamRecord<Object> record) {
            metrics.recordEmitted(record.getTimestamp());
            output.accept(record.getValue(), HostedOutput.timestamp(record));
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            metrics.watermarkEmitted(watermark.getTimestamp());
            output.emitWatermark(watermark);
        }

        @Override
        public void emitWatermarkStatus(WatermarkStatus status) {
            output.emitWatermarkStatus(status);
        }

        @Override
        public void emitLatencyMarker(LatencyMarker marker) {
            output.emitLatencyMarker(marker);
        }

        @Override
        public void emitRecordAttributes(RecordAttributes attributes) {
            output.emitRecordAttributes(attributes);
        }

        @Override
        public void emitWatermark(WatermarkEvent watermark) {
            output.emitWatermark(watermark);
        }
    }
}

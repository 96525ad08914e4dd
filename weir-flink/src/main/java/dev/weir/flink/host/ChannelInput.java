package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.TaskContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.apache.flink.api.common.watermark.Watermark;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.io.RecordAttributesCombiner;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.watermark.AbstractInternalWatermarkDeclaration;
import org.apache.flink.streaming.runtime.watermark.WatermarkCombiner;
import org.apache.flink.streaming.runtime.watermarkstatus.StatusWatermarkValve;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.watermark.WatermarkUtils;
import org.jspecify.annotations.Nullable;

/** An input that reads channels: combines their watermarks, statuses and attributes. Owned by the task thread. */
final class ChannelInput implements HostedInput {
    private final PushingAsyncDataInput.DataOutput<Object> operator;
    private final ChannelRun run;
    private final StatusWatermarkValve valve;
    private final RecordAttributesCombiner attributes;
    private final IntConsumer block;
    private final Map<String, WatermarkCombiner> generalized = new HashMap<>();
    private @Nullable KeyTap tap;

    /**
     * An input of so many channels.
     *
     * @param operator where all but records goes
     * @param run where records go
     * @param block called with a channel that has delivered an aligned generalized watermark: it waits for the others
     * @param unblock called when an aligned generalized watermark has arrived on every channel
     */
    ChannelInput(
            PushingAsyncDataInput.DataOutput<Object> operator,
            ChannelRun run,
            int channels,
            Set<AbstractInternalWatermarkDeclaration<?>> declarations,
            IntConsumer block,
            Runnable unblock) {
        this.block = block;
        this.operator = operator;
        this.run = run;
        this.valve = new StatusWatermarkValve(channels);
        this.attributes = new RecordAttributesCombiner(channels);
        WatermarkUtils.addEventTimeWatermarkCombinerIfNeeded(declarations, generalized, channels);
        for (AbstractInternalWatermarkDeclaration<?> declaration : declarations) {
            generalized.computeIfAbsent(
                    declaration.getIdentifier(), id -> declaration.createWatermarkCombiner(channels, unblock));
        }
    }

    @Override
    public int records(RecordBatch batch, int from, int to, TaskContext task) throws Exception {
        KeyTap shown = tap;
        if (shown != null) {
            shown.show(batch, from, to);
        }
        return run.run(batch, from, to, task);
    }

    @Override
    public void tap(@Nullable KeyTap next) {
        tap = next;
    }

    @Override
    public void control(int channel, Control control) throws Exception {
        if (control instanceof FlinkControl.Element wrapped) {
            element(channel, wrapped.element);
        } else if (control instanceof FlinkControl.Generalized wrapped) {
            generalized(channel, wrapped.event);
        } else {
            throw new IllegalStateException("unknown control element in channel " + channel + ": " + control);
        }
    }

    private void element(int channel, StreamElement element) throws Exception {
        if (element.isWatermark()) {
            valve.inputWatermark(element.asWatermark(), channel, operator);
        } else if (element instanceof WatermarkStatus status) {
            valve.inputWatermarkStatus(status, channel, operator);
        } else if (element instanceof LatencyMarker marker) {
            operator.emitLatencyMarker(marker);
        } else if (element instanceof RecordAttributes own) {
            attributes.inputRecordAttributes(own, channel, operator);
        } else {
            throw new IllegalStateException("unknown stream element in channel " + channel + ": " + element);
        }
    }

    private void generalized(int channel, WatermarkEvent event) throws Exception {
        Watermark watermark = event.getWatermark();
        WatermarkCombiner combiner = generalized.get(watermark.getIdentifier());
        if (combiner == null) {
            throw new IllegalStateException("watermark '" + watermark.getIdentifier()
                    + "' was not declared; declare it in the process function's declareWatermarks()");
        }
        if (event.isAligned()) {
            block.accept(channel);
        }
        combiner.combineWatermark(watermark, channel, combined -> {
            try {
                operator.emitWatermark(new WatermarkEvent(combined, event.isAligned()));
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("watermark '" + watermark.getIdentifier() + "' failed", e);
            }
        });
    }
}

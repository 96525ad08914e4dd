package dev.weir.flink.twin;

import dev.weir.engine.task.TaskContext;
import java.lang.invoke.MethodHandle;
import java.util.Iterator;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReader;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReaderBase;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.runtime.metrics.groups.InternalSourceReaderMetricGroup;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.source.SourceOutputWithWatermarks;
import org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException;
import org.jspecify.annotations.Nullable;

/**
 * Twin of a source whose reader has an iterator: takes the reader's own, so that the reader's snapshots hold from where it is.
 * Splits come and go in the reader. Template.
 */
final class IteratorTwin implements SourceTwin {
    private static final MethodHandle ITERATOR =
            Internals.getter(IteratorSourceReaderBase.class, "iterator", Iterator.class);
    private static final MethodHandle CONVERT =
            Internals.method(IteratorSourceReaderBase.class, "convert", Object.class, Object.class);

    private final SourceOperator<Object, ?> operator;
    private final Link next;
    private @Nullable IteratorSourceReaderBase<?, ?, ?, ?> reader;
    private boolean converts;

    @SuppressWarnings("NullAway.Init") // together with the reader
    private InternalSourceReaderMetricGroup metrics;

    @SuppressWarnings("NullAway.Init") // as above
    private TimestampAssigner<Object> assigner;

    @SuppressWarnings("NullAway.Init") // as above
    private WatermarkGenerator<Object> generator;

    @SuppressWarnings("NullAway.Init") // as above
    private WatermarkOutput watermarks;

    IteratorTwin(SourceOperator<Object, ?> operator, Link next) {
        this.operator = operator;
        this.next = next;
    }

    @Override
    public void run(int recordsMax, TaskContext task) throws Exception {
        IteratorSourceReaderBase<?, ?, ?, ?> from = reader == null ? begin() : reader;
        if (from == null) {
            return;
        }
        Iterator<?> elements = iterator(from);
        for (int left = recordsMax; elements != null && left > 0 && !task.shouldYield() && elements.hasNext(); left--) {
            Object element = elements.next();
            emit(converts ? converted(from, element) : element);
        }
    }

    private void emit(Object value) {
        try {
            long timestamp = assigner.extractTimestamp(value, TimestampAssigner.NO_TIMESTAMP);
            metrics.recordEmitted(timestamp);
            next.accept(value, Link.carried(timestamp));
            generator.onEvent(value, timestamp, watermarks);
        } catch (ExceptionInChainedOperatorException e) {
            throw e;
        } catch (Exception e) {
            throw new ExceptionInChainedOperatorException(e);
        }
    }

    private static @Nullable Iterator<?> iterator(IteratorSourceReaderBase<?, ?, ?, ?> reader) throws Exception {
        try {
            return (Iterator<?>) ITERATOR.invokeExact(reader);
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("the iterator of " + reader + " cannot be read", t);
        }
    }

    private static Object converted(IteratorSourceReaderBase<?, ?, ?, ?> reader, Object element) throws Exception {
        try {
            return (Object) CONVERT.invokeExact(reader, element);
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(reader + " cannot convert " + element, t);
        }
    }

    /** What the operator does with a record, once it has emitted one; null before. */
    private @Nullable IteratorSourceReaderBase<?, ?, ?, ?> begin() {
        ReaderOutput<Object> output = Internals.readNullable(SourceOperator.class, "currentMainOutput", operator);
        if (output == null) {
            return null;
        }
        assigner = Internals.read(SourceOutputWithWatermarks.class, "timestampAssigner", output);
        generator = Internals.read(SourceOutputWithWatermarks.class, "watermarkGenerator", output);
        watermarks = Internals.read(SourceOutputWithWatermarks.class, "onEventWatermarkOutput", output);
        metrics = operator.getSourceMetricGroup();
        SourceReader<?, ?> made = operator.getSourceReader();
        if (made.getClass() == RateLimitedSourceReader.class) {
            made = Internals.read(RateLimitedSourceReader.class, "sourceReader", made);
        }
        converts = made.getClass() != IteratorSourceReader.class;
        IteratorSourceReaderBase<?, ?, ?, ?> from = (IteratorSourceReaderBase<?, ?, ?, ?>) made;
        reader = from;
        return from;
    }
}

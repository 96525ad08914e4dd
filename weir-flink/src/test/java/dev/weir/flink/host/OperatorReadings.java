package dev.weir.flink.host;

import dev.weir.engine.task.Processor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.groups.OperatorIOMetricGroup;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;

/** What the operators of a subtask counted. */
public final class OperatorReadings {
    private OperatorReadings() {}

    /**
     * An operator's counters, read when its task has ended.
     *
     * @param isNative whether its records went through a twin
     */
    public record Reading(String name, boolean isNative, long recordsIn, long recordsOut, Optional<Long> late) {}

    /** Of all operators of a chain, from its heads to its tails. */
    public static List<Reading> of(Processor subtask) {
        List<Reading> readings = new ArrayList<>();
        for (HostedOperator hosted : ((ChainProcessor) subtask).operators()) {
            AbstractStreamOperator<?> operator = (AbstractStreamOperator<?>) hosted.operator();
            OperatorIOMetricGroup io = operator.getMetricGroup().getIOMetricGroup();
            readings.add(new Reading(
                    operator.getOperatorConfig().getOperatorName(),
                    !hosted.twins().isEmpty(),
                    io.getNumRecordsInCounter().getCount(),
                    io.getNumRecordsOutCounter().getCount(),
                    late(operator)));
        }
        return readings;
    }

    /** Windows and joins have a counter of their own for what came too late. */
    private static Optional<Long> late(StreamOperator<?> operator) {
        for (Class<?> type = operator.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Field field = type.getDeclaredField("numLateRecordsDropped");
                field.setAccessible(true);
                Counter counter = (Counter) field.get(operator);
                return Optional.ofNullable(counter).map(Counter::getCount);
            } catch (NoSuchFieldException furtherUpOrNowhere) {
                // looked for in the superclass
            } catch (IllegalAccessException e) {
                throw new AssertionError("the field was made accessible", e);
            }
        }
        return Optional.empty();
    }
}

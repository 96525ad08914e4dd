package dev.weir.engine.task;

import java.util.Collection;

/** How much a task, or the worst subtask of a vertex, is held back by what is behind it: by Flink's thresholds. */
public enum BackpressureLevel {
    OK,
    LOW,
    HIGH;

    private static final double OK_MAX = 0.10;
    private static final double LOW_MAX = 0.50;

    /**
     * The level of one task.
     *
     * @param ratio of the time during which an output was full, 0 to 1
     */
    public static BackpressureLevel of(double ratio) {
        if (ratio <= OK_MAX) {
            return OK;
        }
        return ratio <= LOW_MAX ? LOW : HIGH;
    }

    /** A vertex is as bad as its worst subtask; one without subtasks is OK. */
    public static BackpressureLevel ofVertex(Collection<Double> ratiosOfSubtasks) {
        return of(
                ratiosOfSubtasks.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }
}

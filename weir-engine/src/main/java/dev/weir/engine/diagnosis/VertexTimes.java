package dev.weir.engine.diagnosis;

import dev.weir.engine.task.BackpressureLevel;

/**
 * What a vertex does with its time, by its worst subtasks.
 *
 * @param busy share of the time of the busiest subtask, 0 to 1; NaN where it is not known
 * @param backpressured share of the time of the subtask that is held back most, 0 to 1
 */
public record VertexTimes(double busy, double backpressured) {

    boolean isHeldBack() {
        return BackpressureLevel.of(backpressured) != BackpressureLevel.OK;
    }

    /** 0 where it is not. */
    public double busyIfKnown() {
        return Double.isNaN(busy) ? 0 : busy;
    }
}

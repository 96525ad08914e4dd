package dev.weir.flink.twin;

import dev.weir.engine.task.TaskContext;

/** Stands for a source while it has records at hand; the operator says when that begins and what comes after. */
public interface SourceTwin {

    /**
     * Emits what the source has at hand; nothing before the operator's first record. Ends early when the task should yield.
     */
    void run(int recordsMax, TaskContext task) throws Exception;
}

package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.TaskContext;

/** Hands the records of a channel on, a run at a time. Owned by the task thread. */
interface ChannelRun {

    /**
     * Hands on the records in {@code [from, to)} until something else wants the task.
     *
     * @return where it stopped, at least {@code from + 1}
     */
    int run(RecordBatch batch, int from, int to, TaskContext task) throws Exception;
}

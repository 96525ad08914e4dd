package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.Processor.Progress;
import dev.weir.engine.task.TaskContext;
import org.jspecify.annotations.Nullable;

/** One logical input of a hosted chain. Owned by the task thread. */
interface HostedInput {

    /** Takes records from a channel, see {@link ChannelRun#run}. */
    default int records(RecordBatch batch, int from, int to, TaskContext task) throws Exception {
        throw new IllegalStateException("a source input reads no channels");
    }

    /** Takes one control element from a channel. */
    default void control(int channel, Control control) throws Exception {
        throw new IllegalStateException("a source input reads no channels");
    }

    /** Shows the records of channels to somebody before they are taken; null: to nobody. */
    default void tap(@Nullable KeyTap next) {}

    /** Lets a source emit. */
    default Progress pull(int recordsMax) throws Exception {
        throw new IllegalStateException("a channel input is not pulled");
    }

    /** Has a source end with its next pull, draining or not. An input that reads channels ends when they do. */
    default void stop(boolean drain) {}

    /** Any thread: user code shall stop. */
    default void cancel() {}

    /** Waits for threads of its own and releases what it holds. */
    default void close() throws Exception {}
}

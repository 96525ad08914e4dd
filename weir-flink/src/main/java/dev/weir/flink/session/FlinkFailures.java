package dev.weir.flink.session;

import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;

/** Failures of the engine as those of Flink that programs and tools look for. Stateless. */
final class FlinkFailures {
    private FlinkFailures() {}

    /** With the same words, reason and cause. */
    static CheckpointException of(dev.weir.engine.checkpoint.CheckpointException failure) {
        CheckpointFailureReason reason =
                CheckpointFailureReason.valueOf(failure.reason().name());
        String message = String.valueOf(failure.getMessage());
        String end = " Failure reason: " + reason.message();
        return message.endsWith(end)
                ? new CheckpointException(
                        message.substring(0, message.length() - end.length()), reason, failure.getCause())
                : new CheckpointException(reason, failure.getCause());
    }
}

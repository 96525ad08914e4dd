package dev.weir.flink.host;

import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.sink.legacy.TwoPhaseCommitSinkFunction;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.util.FlinkException;

/**
 * Refuses a sink that would commit on checkpoints in a job that has them switched on: as long as none are taken, what it
 * writes would never be committed. With checkpointing off such a sink commits at the end of its input.
 */
final class CommitsNeedCheckpoints {
    /** Package-private in Flink, so known by its name. */
    private static final String COMMITTER = "org.apache.flink.streaming.runtime.operators.sink.CommitterOperator";

    private CommitsNeedCheckpoints() {}

    static void check(Chain chain, Configuration configuration) throws FlinkException {
        if (!CheckpointingOptions.isCheckpointingEnabled(configuration)) {
            return;
        }
        for (HostedOperator hosted : chain.operators()) {
            if (commits(hosted.operator())) {
                throw new FlinkException("sink operator " + hosted.operator().getOperatorID()
                        + " commits what it wrote when a checkpoint completes, and checkpoints are not taken yet: "
                        + CheckpointingOptions.CHECKPOINTING_INTERVAL.key() + "="
                        + configuration
                                .get(CheckpointingOptions.CHECKPOINTING_INTERVAL)
                                .toMillis()
                        + " ms must be unset for it to commit at the end of its input");
            }
        }
    }

    private static boolean commits(StreamOperator<?> operator) {
        return operator.getClass().getName().equals(COMMITTER)
                || (operator instanceof AbstractUdfStreamOperator<?, ?> udf
                        && udf.getUserFunction() instanceof TwoPhaseCommitSinkFunction<?, ?, ?>);
    }
}

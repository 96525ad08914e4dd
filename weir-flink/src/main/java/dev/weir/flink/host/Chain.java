package dev.weir.flink.host;

import dev.weir.flink.twin.Link;
import dev.weir.flink.twin.SourceTwin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamTaskStateInitializer;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

/**
 * The operators of one subtask. Owned by the task thread.
 *
 * @param operators from the heads to the tails; chained sources come before the main operator
 * @param main the operator that the task feeds
 * @param mainLinks the ways into the main operator where it has one or two inputs, else none
 * @param mainOutput where the main operator emits
 * @param mainSource the twin of the main operator where that is a source that runs natively
 * @param sources the sources inside a multiple-input chain, by the configured input that they feed
 */
record Chain(
        List<HostedOperator> operators,
        StreamOperator<?> main,
        List<Link> mainLinks,
        HostedOutput<Object> mainOutput,
        @Nullable SourceTwin mainSource,
        Map<StreamConfig.SourceInputConfig, ChainedSource> sources) {

    /**
     * A source that runs inside the chain of its consumer.
     *
     * @param twin null where it is hosted
     */
    record ChainedSource(SourceOperator<Object, ?> operator, HostedOutput<Object> output, @Nullable SourceTwin twin) {}

    void open(StreamTaskStateInitializer states) throws Exception {
        for (int i = operators.size() - 1; i >= 0; i--) {
            operators.get(i).operator().initializeState(states);
            operators.get(i).open();
        }
    }

    void endInput(int inputId) throws Exception {
        for (HostedOperator hosted : operators) {
            if (hosted.operator() == main) {
                hosted.endInput(inputId);
            }
        }
    }

    void finish(StreamTaskActionExecutor actions, boolean drain) throws Exception {
        for (HostedOperator hosted : operators) {
            if (!hosted.head() && drain) {
                actions.runThrowing(() -> hosted.endInput(1));
            }
            hosted.finish(actions, drain);
        }
    }

    /** Operators may emit what belongs before the barrier. */
    void prepareSnapshot(long checkpointId) throws Exception {
        for (HostedOperator hosted : operators) {
            hosted.operator().prepareSnapshotPreBarrier(checkpointId);
        }
    }

    /** The synchronous part of every operator's snapshot. Where one fails, those before it are cancelled. */
    Map<OperatorID, OperatorSnapshotFutures> snapshot(
            long checkpointId, long timestampMillis, CheckpointOptions options, CheckpointStreamFactory streams)
            throws Exception {
        Map<OperatorID, OperatorSnapshotFutures> parts = new LinkedHashMap<>();
        try {
            for (int i = operators.size() - 1; i >= 0; i--) {
                StreamOperator<?> operator = operators.get(i).operator();
                parts.put(
                        operator.getOperatorID(),
                        operator.snapshotState(checkpointId, timestampMillis, options, streams));
            }
        } catch (Throwable t) {
            for (OperatorSnapshotFutures part : parts.values()) {
                try {
                    part.cancel();
                } catch (Exception e) {
                    t.addSuppressed(e);
                }
            }
            throw t;
        }
        return parts;
    }

    void checkpointCompleted(long checkpointId) throws Exception {
        fromTails(operator -> operator.notifyCheckpointComplete(checkpointId));
    }

    void checkpointAborted(long checkpointId) throws Exception {
        fromTails(operator -> operator.notifyCheckpointAborted(checkpointId));
    }

    private interface Notification {
        void to(StreamOperator<?> operator) throws Exception;
    }

    private void fromTails(Notification notification) throws Exception {
        @Nullable Exception failure = null;
        for (int i = operators.size() - 1; i >= 0; i--) {
            try {
                notification.to(operators.get(i).operator());
            } catch (Exception e) {
                failure = ExceptionUtils.firstOrSuppressed(e, failure);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes every operator, from the tails to the heads, whatever one of them throws. */
    static void close(List<HostedOperator> operators) throws Exception {
        @Nullable Throwable failure = null;
        for (int i = operators.size() - 1; i >= 0; i--) {
            try {
                operators.get(i).operator().close();
            } catch (Throwable t) {
                failure = ExceptionUtils.firstOrSuppressed(t, failure);
            }
        }
        if (failure != null) {
            ExceptionUtils.rethrowException(failure);
        }
    }
}

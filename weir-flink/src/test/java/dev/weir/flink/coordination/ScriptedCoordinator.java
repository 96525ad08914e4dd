package dev.weir.flink.coordination;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestHandler;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** A coordinator whose reactions a test gives as a script; it does nothing by default. */
final class ScriptedCoordinator implements OperatorCoordinator, CoordinationRequestHandler {

    /** Overridden by tests. */
    interface Script {
        default void onStart(Context context) throws Exception {}

        default void onReady(int subtask, int attempt, SubtaskGateway gateway) throws Exception {}

        default void onFailed(int subtask, int attempt, Throwable cause) {}

        default void onEvent(int subtask, int attempt, OperatorEvent event) throws Exception {}

        default CompletableFuture<CoordinationResponse> onRequest(CoordinationRequest request) {
            return new CompletableFuture<>();
        }

        default void onClose() throws Exception {}
    }

    /** Providers are serialized, scripts stay here. */
    private static final Map<Integer, Script> SCRIPTS = new ConcurrentHashMap<>();

    private static final AtomicInteger LAST = new AtomicInteger();

    record Provider(OperatorID getOperatorId, int script) implements OperatorCoordinator.Provider {
        Provider(OperatorID operator, Script script) {
            this(operator, LAST.incrementAndGet());
            SCRIPTS.put(this.script, script);
        }

        @Override
        public OperatorCoordinator create(Context context) {
            return new ScriptedCoordinator(
                    context, Objects.requireNonNull(SCRIPTS.remove(script), "one coordinator for each script"));
        }
    }

    private final Context context;
    private final Script script;

    private ScriptedCoordinator(Context context, Script script) {
        this.context = context;
        this.script = script;
    }

    @Override
    public void start() throws Exception {
        script.onStart(context);
    }

    @Override
    public void close() throws Exception {
        script.onClose();
    }

    @Override
    public void handleEventFromOperator(int subtask, int attemptNumber, OperatorEvent event) throws Exception {
        script.onEvent(subtask, attemptNumber, event);
    }

    @Override
    public CompletableFuture<CoordinationResponse> handleCoordinationRequest(CoordinationRequest request) {
        return script.onRequest(request);
    }

    @Override
    public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> resultFuture) {
        resultFuture.complete(new byte[0]);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {}

    @Override
    public void resetToCheckpoint(long checkpointId, byte[] checkpointData) {}

    @Override
    public void subtaskReset(int subtask, long checkpointId) {}

    @Override
    public void executionAttemptFailed(int subtask, int attemptNumber, Throwable reason) {
        script.onFailed(subtask, attemptNumber, reason);
    }

    @Override
    public void executionAttemptReady(int subtask, int attemptNumber, SubtaskGateway gateway) {
        try {
            script.onReady(subtask, attemptNumber, gateway);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

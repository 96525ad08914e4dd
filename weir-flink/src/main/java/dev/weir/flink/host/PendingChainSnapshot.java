package dev.weir.flink.host;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.flink.state.snapshot.PartedKeyedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.core.fs.FileSystemSafetyNet;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateUtil;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.util.ExceptionUtils;

/** The futures of a chain's operators, to be run. Completed on one thread, cancelled on any. */
final class PendingChainSnapshot implements PendingSnapshot {
    private enum Phase {
        PENDING,
        COMPLETED,
        CANCELLED
    }

    private final Map<OperatorID, OperatorSnapshotFutures> parts;
    private final boolean operatorsFinished;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.PENDING);

    /** @param operatorsFinished whether the operators will emit nothing more */
    PendingChainSnapshot(Map<OperatorID, OperatorSnapshotFutures> parts, boolean operatorsFinished) {
        this.parts = parts;
        this.operatorsFinished = operatorsFinished;
    }

    @Override
    public SubtaskSnapshot complete() throws Exception {
        // streams that user code opens while its state is written and forgets are closed with the snapshot
        FileSystemSafetyNet.initializeSafetyNetForThread();
        List<OperatorSubtaskState> written = new ArrayList<>();
        try {
            TaskStateSnapshot state = new TaskStateSnapshot(parts.size(), operatorsFinished);
            for (Map.Entry<OperatorID, OperatorSnapshotFutures> part : parts.entrySet()) {
                OperatorSubtaskState operator =
                        OperatorSnapshotFinalizer.create(part.getValue()).getJobManagerOwnedState();
                written.add(operator);
                state.putSubtaskStateByOperatorID(part.getKey(), filesOf(operator));
            }
            if (!phase.compareAndSet(Phase.PENDING, Phase.COMPLETED)) {
                throw new CancellationException("the snapshot was cancelled while it was written");
            }
            long bytes = written.stream()
                    .mapToLong(OperatorSubtaskState::getCheckpointedSize)
                    .sum();
            return new ChainSnapshot(state, bytes, 0);
        } catch (Throwable t) {
            Throwable cause = t instanceof ExecutionException && t.getCause() != null ? t.getCause() : t;
            discard(written, cause);
            ExceptionUtils.rethrowException(cause);
            throw new AssertionError("unreachable", cause);
        } finally {
            FileSystemSafetyNet.closeSafetyNetAndGuardedResourcesForThread();
        }
    }

    /** Checkpoints know files, and not that some of them belong together. */
    private static OperatorSubtaskState filesOf(OperatorSubtaskState operator) {
        List<KeyedStateHandle> files = new ArrayList<>();
        for (KeyedStateHandle handle : operator.getManagedKeyedState()) {
            if (handle instanceof PartedKeyedState several) {
                files.addAll(several.parts());
            } else {
                files.add(handle);
            }
        }
        return operator.toBuilder()
                .setManagedKeyedState(new StateObjectCollection<>(files))
                .build();
    }

    private void discard(List<OperatorSubtaskState> written, Throwable cause) {
        phase.set(Phase.CANCELLED);
        try {
            cancelParts();
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
        try {
            StateUtil.bestEffortDiscardAllStateObjects(written);
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }

    private void cancelParts() throws Exception {
        Exception failure = null;
        for (OperatorSnapshotFutures part : parts.values()) {
            try {
                part.cancel();
            } catch (Exception e) {
                failure = ExceptionUtils.firstOrSuppressed(e, failure);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void cancel() {
        if (phase.compareAndSet(Phase.PENDING, Phase.CANCELLED)) {
            try {
                cancelParts();
            } catch (Exception e) {
                throw new IllegalStateException("a snapshot could not be cancelled", e);
            }
        }
    }
}

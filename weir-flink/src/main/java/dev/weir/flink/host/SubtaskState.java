package dev.weir.flink.host;

import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.CheckpointMetaData;
import org.apache.flink.runtime.checkpoint.CheckpointMetrics;
import org.apache.flink.runtime.checkpoint.InflightDataRescalingDescriptor;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.PrioritizedOperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SubTaskInitializationMetrics;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.runtime.checkpoint.channel.SequentialChannelStateReader;
import org.apache.flink.runtime.checkpoint.filemerging.FileMergingSnapshotManager;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.TaskStateManager;
import org.apache.flink.runtime.state.changelog.ChangelogStateHandle;
import org.apache.flink.runtime.state.changelog.StateChangelogStorage;
import org.apache.flink.runtime.state.changelog.StateChangelogStorageView;
import org.jspecify.annotations.Nullable;

/** Where the operators of a subtask find the state that they start with. Owned by the task thread. */
final class SubtaskState implements TaskStateManager {
    private final @Nullable RestoredSubtask restored;

    /** @param restored null where the job starts from nothing */
    SubtaskState(@Nullable RestoredSubtask restored) {
        this.restored = restored;
    }

    @Override
    public void reportInitializationMetrics(SubTaskInitializationMetrics metrics) {}

    @Override
    public void reportTaskStateSnapshots(
            CheckpointMetaData checkpoint,
            CheckpointMetrics metrics,
            @Nullable TaskStateSnapshot acknowledgedState,
            @Nullable TaskStateSnapshot localState) {
        throw new IllegalStateException("the operator shell takes no part in checkpoints");
    }

    @Override
    public InflightDataRescalingDescriptor getInputRescalingDescriptor() {
        return InflightDataRescalingDescriptor.NO_RESCALE;
    }

    @Override
    public InflightDataRescalingDescriptor getOutputRescalingDescriptor() {
        return InflightDataRescalingDescriptor.NO_RESCALE;
    }

    @Override
    public void reportIncompleteTaskStateSnapshots(CheckpointMetaData checkpoint, CheckpointMetrics metrics) {
        throw new IllegalStateException("the operator shell takes no part in checkpoints");
    }

    @Override
    public boolean isTaskDeployedAsFinished() {
        return restored != null && restored.finished();
    }

    @Override
    public Optional<Long> getRestoreCheckpointId() {
        return restored == null ? Optional.empty() : Optional.of(restored.checkpointId());
    }

    @Override
    public PrioritizedOperatorSubtaskState prioritizedOperatorState(OperatorID operator) {
        if (restored == null) {
            return PrioritizedOperatorSubtaskState.emptyNotRestored();
        }
        OperatorSubtaskState state = restored.states().get(operator);
        return new PrioritizedOperatorSubtaskState.Builder(
                        state == null ? OperatorSubtaskState.builder().build() : state,
                        List.of(),
                        restored.checkpointId())
                .build();
    }

    @Override
    public Optional<OperatorSubtaskState> getSubtaskJobManagerRestoredState(OperatorID operator) {
        return restored == null
                ? Optional.empty()
                : Optional.ofNullable(restored.states().get(operator));
    }

    @Override
    public LocalRecoveryConfig createLocalRecoveryConfig() {
        return LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED;
    }

    @Override
    public SequentialChannelStateReader getSequentialChannelStateReader() {
        return SequentialChannelStateReader.NO_OP;
    }

    @Override
    public @Nullable StateChangelogStorage<?> getStateChangelogStorage() {
        return null;
    }

    @Override
    public @Nullable StateChangelogStorageView<?> getStateChangelogStorageView(
            Configuration configuration, ChangelogStateHandle handle) {
        return null;
    }

    @Override
    public @Nullable FileMergingSnapshotManager getFileMergingSnapshotManager() {
        return null;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {}

    @Override
    public void notifyCheckpointAborted(long checkpointId) {}

    @Override
    public void close() {}
}

package dev.weir.flink.state.snapshot;

import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.StateHandleID;
import org.jspecify.annotations.Nullable;

/**
 * The files of an incremental snapshot, the oldest first: one with everything, then what has changed since. The last was
 * written for this checkpoint, the others are those of earlier ones.
 */
public final class ChainedKeyedState implements PartedKeyedState {
    private static final long serialVersionUID = 1L;

    private final List<KeyGroupsStateHandle> files;
    private final StateHandleID id = StateHandleID.randomStateHandleId();

    ChainedKeyedState(List<KeyGroupsStateHandle> files) {
        this.files = List.copyOf(files);
    }

    /** The files, the oldest first. */
    public List<KeyGroupsStateHandle> files() {
        return files;
    }

    @Override
    public List<KeyGroupsStateHandle> parts() {
        return files;
    }

    private KeyGroupsStateHandle written() {
        return files.get(files.size() - 1);
    }

    @Override
    public KeyGroupRange getKeyGroupRange() {
        return written().getKeyGroupRange();
    }

    @Override
    public @Nullable KeyedStateHandle getIntersection(KeyGroupRange range) {
        return getKeyGroupRange().getIntersection(range).getNumberOfKeyGroups() == 0 ? null : this;
    }

    @Override
    public StateHandleID getStateHandleId() {
        return id;
    }

    @Override
    public void registerSharedStates(SharedStateRegistry registry, long checkpointId) {
        // which checkpoint needs which file is known where checkpoints are written
    }

    @Override
    public long getCheckpointedSize() {
        return written().getStateSize();
    }

    @Override
    public long getStateSize() {
        return files.stream().mapToLong(KeyGroupsStateHandle::getStateSize).sum();
    }

    @Override
    public void collectSizeStats(StateObjectSizeStatsCollector collector) {
        files.forEach(file -> file.collectSizeStats(collector));
    }

    /** Leaves the files of earlier checkpoints. */
    @Override
    public void discardState() throws Exception {
        written().discardState();
    }

    @Override
    public String toString() {
        return "ChainedKeyedState" + files;
    }
}

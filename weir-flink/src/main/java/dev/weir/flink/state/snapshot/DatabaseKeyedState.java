package dev.weir.flink.state.snapshot;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.StateHandleID;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StateUtil;
import org.jspecify.annotations.Nullable;

/** A database, of whose files some were written for this checkpoint, and what is not in the database. */
public final class DatabaseKeyedState implements PartedKeyedState {
    private static final long serialVersionUID = 1L;

    private final IncrementalRemoteKeyedStateHandle database;
    private final List<HandleAndLocalPath> written;
    private final @Nullable KeyGroupsStateHandle rest;

    /**
     * @param written those of the shared files that were written for this checkpoint
     * @param rest null where all is in the database
     */
    DatabaseKeyedState(
            IncrementalRemoteKeyedStateHandle database,
            List<HandleAndLocalPath> written,
            @Nullable KeyGroupsStateHandle rest) {
        this.database = database;
        this.written = List.copyOf(written);
        this.rest = rest;
    }

    /** The database alone. */
    public IncrementalRemoteKeyedStateHandle database() {
        return database;
    }

    @Override
    public List<KeyedStateHandle> parts() {
        return rest == null ? List.of(database) : List.of(database, rest);
    }

    @Override
    public KeyGroupRange getKeyGroupRange() {
        return database.getKeyGroupRange();
    }

    @Override
    public @Nullable KeyedStateHandle getIntersection(KeyGroupRange range) {
        return database.getIntersection(range) == null ? null : this;
    }

    @Override
    public StateHandleID getStateHandleId() {
        return database.getStateHandleId();
    }

    @Override
    public void registerSharedStates(SharedStateRegistry registry, long checkpointId) {
        // which checkpoint needs which file is known where checkpoints are written
    }

    @Override
    public long getCheckpointedSize() {
        return database.getCheckpointedSize() + (rest == null ? 0 : rest.getStateSize());
    }

    @Override
    public long getStateSize() {
        return database.getStateSize() + (rest == null ? 0 : rest.getStateSize());
    }

    @Override
    public void collectSizeStats(StateObjectSizeStatsCollector collector) {
        parts().forEach(part -> part.collectSizeStats(collector));
    }

    /** Leaves the files of earlier checkpoints. */
    @Override
    public void discardState() throws Exception {
        List<StateObject> mine = new ArrayList<>();
        mine.add(database.getMetaDataStateHandle());
        written.forEach(file -> mine.add(file.getHandle()));
        database.getPrivateState().forEach(file -> mine.add(file.getHandle()));
        if (rest != null) {
            mine.add(rest);
        }
        StateUtil.bestEffortDiscardAllStateObjects(mine);
    }

    @Override
    public String toString() {
        return "DatabaseKeyedState" + parts();
    }
}

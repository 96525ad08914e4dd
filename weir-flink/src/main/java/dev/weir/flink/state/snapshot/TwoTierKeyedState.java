package dev.weir.flink.state.snapshot;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.StateHandleID;
import org.apache.flink.runtime.state.StateUtil;
import org.jspecify.annotations.Nullable;

/** What is in a database, and what is on the heap; one of them where there is nothing in the other. */
public final class TwoTierKeyedState implements PartedKeyedState {
    private static final long serialVersionUID = 1L;

    private final List<KeyedStateHandle> tiers;

    /** @param tiers at least one */
    TwoTierKeyedState(List<KeyedStateHandle> tiers) {
        this.tiers = List.copyOf(tiers);
    }

    @Override
    public List<KeyedStateHandle> parts() {
        List<KeyedStateHandle> parts = new ArrayList<>();
        for (KeyedStateHandle tier : tiers) {
            if (tier instanceof PartedKeyedState several) {
                parts.addAll(several.parts());
            } else {
                parts.add(tier);
            }
        }
        return parts;
    }

    @Override
    public KeyGroupRange getKeyGroupRange() {
        return tiers.get(0).getKeyGroupRange();
    }

    @Override
    public @Nullable KeyedStateHandle getIntersection(KeyGroupRange range) {
        return getKeyGroupRange().getIntersection(range).getNumberOfKeyGroups() == 0 ? null : this;
    }

    @Override
    public StateHandleID getStateHandleId() {
        return tiers.get(0).getStateHandleId();
    }

    @Override
    public void registerSharedStates(SharedStateRegistry registry, long checkpointId) {
        // which checkpoint needs which file is known where checkpoints are written
    }

    @Override
    public long getCheckpointedSize() {
        return tiers.stream().mapToLong(KeyedStateHandle::getCheckpointedSize).sum();
    }

    @Override
    public long getStateSize() {
        return tiers.stream().mapToLong(KeyedStateHandle::getStateSize).sum();
    }

    @Override
    public void collectSizeStats(StateObjectSizeStatsCollector collector) {
        tiers.forEach(tier -> tier.collectSizeStats(collector));
    }

    /** Leaves the files of earlier checkpoints. */
    @Override
    public void discardState() throws Exception {
        StateUtil.bestEffortDiscardAllStateObjects(tiers);
    }

    @Override
    public String toString() {
        return "TwoTierKeyedState" + tiers;
    }
}

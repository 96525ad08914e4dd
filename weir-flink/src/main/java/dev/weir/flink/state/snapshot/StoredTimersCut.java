package dev.weir.flink.state.snapshot;

import dev.weir.rocksdb.KeyCut;
import java.util.OptionalInt;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/** A queue of timers in RocksDB at a cut: what is stored is what savepoints have. */
final class StoredTimersCut implements StateCut {

    private final StateMetaInfoSnapshot metaInfo;
    private final KeyCut timers;

    StoredTimersCut(RegisteredPriorityQueueStateBackendMetaInfo<?> metaInfo, KeyCut timers) {
        this.metaInfo = metaInfo.snapshot();
        this.timers = timers;
    }

    @Override
    public StateMetaInfoSnapshot metaInfo() {
        return metaInfo;
    }

    @Override
    public void write(int keyGroup, EntryBuffer out) {
        throw new IllegalStateException("timers of RocksDB are written entry by entry, or with its files");
    }

    @Override
    public OptionalInt version() {
        return OptionalInt.empty();
    }

    @Override
    public void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) {
        write(keyGroup, out);
    }

    @Override
    public CanonicalEntries canonical(int keyGroup) {
        return new AsStored(timers.stored(keyGroup));
    }

    @Override
    public void release() {
        timers.close();
    }
}

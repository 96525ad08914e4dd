package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.BitSet;
import java.util.OptionalInt;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/** A queue of timers of a tiered store at a cut: each key group was in one place. */
final class TieredTimersCut implements StateCut {

    private final StateCut heap;
    private final StateCut database;
    private final BitSet inDatabase;

    /** @param inDatabase key groups that were there */
    TieredTimersCut(StateCut heap, StateCut database, BitSet inDatabase) {
        this.heap = heap;
        this.database = database;
        this.inDatabase = inDatabase;
    }

    private StateCut of(int keyGroup) {
        return inDatabase.get(keyGroup) ? database : heap;
    }

    @Override
    public StateMetaInfoSnapshot metaInfo() {
        return heap.metaInfo();
    }

    @Override
    public void write(int keyGroup, EntryBuffer out) throws IOException {
        of(keyGroup).write(keyGroup, out);
    }

    @Override
    public OptionalInt version() {
        return OptionalInt.empty();
    }

    @Override
    public void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) throws IOException {
        of(keyGroup).writeChanges(keyGroup, earlierVersion, out);
    }

    @Override
    public CanonicalEntries canonical(int keyGroup) throws IOException {
        return of(keyGroup).canonical(keyGroup);
    }

    @Override
    public void release() {
        heap.release();
        database.release();
    }
}

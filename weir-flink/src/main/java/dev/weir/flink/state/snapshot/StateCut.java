package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.OptionalInt;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/** One registered state as it was at a cut, for the one thread that writes it. */
interface StateCut {

    /** Name, kind and types, as they were at the cut. */
    StateMetaInfoSnapshot metaInfo();

    /** Writes a key group as Flink's heap checkpoints have it: the number of entries, then the entries. */
    void write(int keyGroup, EntryBuffer out) throws IOException;

    /** What {@link #writeChanges} of a later cut can refer to; nothing where it needs no reference. */
    OptionalInt version();

    /**
     * Writes what has changed in a key group since an earlier cut, as files of incremental snapshots have it: which buckets,
     * and all that is in them now. Everything where there is nothing to compare with.
     */
    void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) throws IOException;

    /** The entries of a key group as canonical savepoints have them. */
    CanonicalEntries canonical(int keyGroup) throws IOException;

    /** Lets the store reuse what the cut has kept. Idempotent. */
    void release();
}

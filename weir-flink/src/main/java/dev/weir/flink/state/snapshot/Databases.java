package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.rocksdb.ReadOnlyDatabase;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.StoredReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * The databases of incremental checkpoints that a subtask is restored from. One of them may be what its own begins with; the
 * others are opened one after the other, beside it, and copied from. For the subtask's thread.
 */
public final class Databases {

    private final KeyGroupRange range;
    private final int keyGroupCount;
    private final Path scratch;
    private final DatabaseDownload download;
    private final CloseableRegistry cancelables;
    private @Nullable IncrementalRemoteKeyedStateHandle begun;
    private Map<String, StreamStateHandle> reusable = Map.of();
    private @Nullable RocksStore<?> store;

    /**
     * @param range key groups of the subtask
     * @param keyGroupCount maximum parallelism of the operator
     * @param scratch where to put databases that are copied from
     * @param transfers fetches files
     * @param cancelables closing it ends the restore
     */
    public Databases(
            KeyGroupRange range, int keyGroupCount, Path scratch, Transfers transfers, CloseableRegistry cancelables) {
        this.range = range;
        this.keyGroupCount = keyGroupCount;
        this.scratch = scratch;
        this.download = new DatabaseDownload(transfers, cancelables);
        this.cancelables = cancelables;
    }

    /**
     * Fetches the one that has the most key groups of the subtask, and the fewest others.
     *
     * @param overlapMin how much of a database the subtask's key groups have to be at least, where there are several
     * @param directory where a store is to be opened
     * @return the states that are in it, in the store's tables or in others; none where there is no such database
     */
    public List<StateMetaInfoSnapshot> begin(
            Collection<KeyedStateHandle> handles, double overlapMin, Path directory, ClassLoader userLoader)
            throws IOException {
        List<IncrementalRemoteKeyedStateHandle> databases = handles.stream()
                .filter(IncrementalRemoteKeyedStateHandle.class::isInstance)
                .map(IncrementalRemoteKeyedStateHandle.class::cast)
                .toList();
        IncrementalRemoteKeyedStateHandle best = null;
        for (IncrementalRemoteKeyedStateHandle database : databases) {
            boolean fits = databases.size() == 1 || overlap(database) >= overlapMin;
            if (fits && (best == null || isBetter(database, best))) {
                best = database;
            }
        }
        if (best == null) {
            return List.of();
        }
        begun = best;
        reusable = download.into(RocksStore.databaseIn(directory), best);
        KeyedBackendSerializationProxy<?> types = new KeyedBackendSerializationProxy<>(userLoader);
        try (BufferedStateStream stream = BufferedStateStream.open(best.getMetaDataStateHandle(), cancelables)) {
            types.read(new DataInputViewStreamWrapper(stream));
        }
        return types.getStateMetaInfoSnapshots();
    }

    private int shared(IncrementalRemoteKeyedStateHandle database) {
        return database.getKeyGroupRange().getIntersection(range).getNumberOfKeyGroups();
    }

    private double overlap(IncrementalRemoteKeyedStateHandle database) {
        return (double) shared(database) / database.getKeyGroupRange().getNumberOfKeyGroups();
    }

    private boolean isBetter(IncrementalRemoteKeyedStateHandle a, IncrementalRemoteKeyedStateHandle b) {
        return shared(a) != shared(b) ? shared(a) > shared(b) : overlap(a) > overlap(b);
    }

    /**
     * The store has been opened over the one that it begins with: what is not the subtask's goes.
     *
     * @param wholeFiles whether files with nothing else in them are deleted at once
     */
    public void opened(RocksStore<?> over, boolean wholeFiles) throws IOException {
        store = over;
        if (begun != null) {
            KeyGroupRange of = begun.getKeyGroupRange();
            over.clip(new KeyGroupSpan(of.getStartKeyGroup(), of.getEndKeyGroup()), wholeFiles);
        }
    }

    /** The files of the store, by name, that later checkpoints may refer to where the checkpoint has them. */
    public Map<String, StreamStateHandle> reusable() {
        return reusable;
    }

    /** Whether the store began with a database, so that its values are there already. */
    boolean isBegun(KeyedStateHandle database) {
        return database == begun;
    }

    /** Reads the entries of a state in a key group. */
    interface Reading {
        void read(String state, int keyGroup, StoredReader to) throws IOException;
    }

    /** What is done with a database while it can be read. */
    interface Use {
        void with(Reading database) throws Exception;
    }

    /** Lets a database be read. Of the one that the store began with, only what the store has made no table of. */
    void use(IncrementalRemoteKeyedStateHandle database, Use use) throws Exception {
        RocksStore<?> open = store;
        if (isBegun(database) && open != null) {
            use.with(open::readUnclaimed);
            open.dropUnclaimed();
            return;
        }
        Path directory = scratch.resolve("restored-" + UUID.randomUUID());
        try {
            download.into(directory, database);
            try (ReadOnlyDatabase other = new ReadOnlyDatabase(directory, keyGroupCount)) {
                use.with(other::read);
            }
        } finally {
            FileUtils.deleteDirectoryQuietly(directory.toFile());
        }
    }
}

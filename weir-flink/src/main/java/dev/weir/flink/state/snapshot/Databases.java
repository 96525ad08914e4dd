package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.rocksdb.ExportedColumns;
import dev.weir.rocksdb.ReadOnlyDatabase;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.StoredReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * The databases of incremental checkpoints that a subtask is restored from. Some of them may be what its own begins with: one,
 * or several whose files it takes. The others are opened one after the other, beside it, and copied from. For the subtask's
 * thread.
 */
public final class Databases {

    private final KeyGroupRange range;
    private final int keyGroupCount;
    private final Path scratch;
    private final DatabaseDownload download;
    private final CloseableRegistry cancelables;
    private final Set<IncrementalRemoteKeyedStateHandle> begun = new LinkedHashSet<>();
    private int begunUnread;
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
     * What a store begins with; to be closed when it is open.
     *
     * @param states that are in it, in the store's tables or in others
     * @param exported of several databases; null for one or none
     */
    public record Beginning(List<StateMetaInfoSnapshot> states, @Nullable ExportedColumns exported)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            if (exported != null) {
                exported.close();
            }
        }
    }

    /**
     * Fetches the one that has the most key groups of the subtask, and the fewest others; or several.
     *
     * @param overlapMin how much of a database the subtask's key groups have to be at least, where there are several and one is
     *     begun with
     * @param several whether to begin with all whose files have nothing but what they are said to have
     * @param directory where a store is to be opened
     */
    public Beginning begin(
            Collection<KeyedStateHandle> handles,
            double overlapMin,
            boolean several,
            Path directory,
            ClassLoader userLoader)
            throws IOException {
        List<IncrementalRemoteKeyedStateHandle> databases = handles.stream()
                .filter(IncrementalRemoteKeyedStateHandle.class::isInstance)
                .map(IncrementalRemoteKeyedStateHandle.class::cast)
                .toList();
        ExportedColumns exported = several && databases.size() > 1 ? exported(databases) : null;
        if (begun.isEmpty()) {
            IncrementalRemoteKeyedStateHandle best = null;
            for (IncrementalRemoteKeyedStateHandle database : databases) {
                boolean fits = databases.size() == 1 || overlap(database) >= overlapMin;
                if (fits && (best == null || isBetter(database, best))) {
                    best = database;
                }
            }
            if (best != null) {
                begun.add(best);
                reusable = download.into(RocksStore.databaseIn(directory), best);
            }
        }
        begunUnread = begun.size();
        Map<String, StateMetaInfoSnapshot> states = new LinkedHashMap<>();
        for (IncrementalRemoteKeyedStateHandle database : begun) {
            for (StateMetaInfoSnapshot state : statesOf(database, userLoader)) {
                states.putIfAbsent(state.getName(), state);
            }
        }
        return new Beginning(List.copyOf(states.values()), exported);
    }

    private List<StateMetaInfoSnapshot> statesOf(IncrementalRemoteKeyedStateHandle database, ClassLoader userLoader)
            throws IOException {
        KeyedBackendSerializationProxy<?> types = new KeyedBackendSerializationProxy<>(userLoader);
        try (BufferedStateStream stream = BufferedStateStream.open(database.getMetaDataStateHandle(), cancelables)) {
            types.read(new DataInputViewStreamWrapper(stream));
        }
        return types.getStateMetaInfoSnapshots();
    }

    /** Null where there are none. */
    private @Nullable ExportedColumns exported(List<IncrementalRemoteKeyedStateHandle> databases) throws IOException {
        ExportedColumns exported = new ExportedColumns(scratch.resolve("exported-" + UUID.randomUUID()), keyGroupCount);
        try {
            for (IncrementalRemoteKeyedStateHandle database : databases) {
                if (fetched(database, directory -> exported.add(directory, span(database)))) {
                    begun.add(database);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            exported.close();
            throw e;
        }
        if (begun.isEmpty()) {
            exported.close();
            return null;
        }
        return exported;
    }

    private interface Fetched<E extends Exception> {
        boolean use(Path directory) throws IOException, E;
    }

    private <E extends Exception> boolean fetched(IncrementalRemoteKeyedStateHandle database, Fetched<E> use)
            throws IOException, E {
        Path directory = scratch.resolve("restored-" + UUID.randomUUID());
        try {
            download.into(directory, database);
            return use.use(directory);
        } finally {
            FileUtils.deleteDirectoryQuietly(directory.toFile());
        }
    }

    private static KeyGroupSpan span(IncrementalRemoteKeyedStateHandle database) {
        KeyGroupRange of = database.getKeyGroupRange();
        return new KeyGroupSpan(of.getStartKeyGroup(), of.getEndKeyGroup());
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
     * The store has been opened over what it begins with: what is not the subtask's goes.
     *
     * @param wholeFiles whether files with nothing else in them are deleted at once
     */
    public void opened(RocksStore<?> over, boolean wholeFiles) throws IOException {
        store = over;
        for (IncrementalRemoteKeyedStateHandle database : begun) {
            over.clip(span(database), wholeFiles);
        }
    }

    /**
     * All has been read.
     *
     * @param compact whether what is not the subtask's is to leave the files too, in the background
     */
    public void restored(boolean compact) {
        if (compact && store != null) {
            store.compactOutside();
        }
    }

    /** The files of the store, by name, that later checkpoints may refer to where the checkpoint has them. */
    public Map<String, StreamStateHandle> reusable() {
        return reusable;
    }

    /** Whether the store began with this database, so that its values are there already. */
    boolean isBegun(KeyedStateHandle database) {
        return begun.contains(database);
    }

    /** Reads the entries of a state in a key group. */
    interface Reading {
        void read(String state, int keyGroup, StoredReader to) throws IOException;
    }

    /** What is done with a database while it can be read. */
    interface Use {
        void with(Reading database) throws Exception;
    }

    /** Lets a database be read. Of those that the store began with, only what the store has made no table of. */
    void use(IncrementalRemoteKeyedStateHandle database, Use use) throws Exception {
        RocksStore<?> open = store;
        if (isBegun(database) && open != null) {
            use.with(open::readUnclaimed);
            begunUnread--;
            if (begunUnread == 0) {
                open.dropUnclaimed();
            }
            return;
        }
        this.<Exception>fetched(database, directory -> {
            try (ReadOnlyDatabase other = new ReadOnlyDatabase(directory, keyGroupCount)) {
                use.with(other::read);
            }
            return true;
        });
    }
}

package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.rocksdb.ExportedColumns;
import dev.weir.rocksdb.ReadOnlyDatabase;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.StoredReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
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
    private final Map<IncrementalRemoteKeyedStateHandle, Fetched> fetched = new HashMap<>();
    private int begunUnread;
    private Map<String, StreamStateHandle> reusable = Map.of();
    private @Nullable RocksStore<?> store;

    /**
     * A database that was looked at and not begun with.
     *
     * @param reusable its files by name that the checkpoint has
     */
    private record Fetched(Path directory, Map<String, StreamStateHandle> reusable) {}

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
     * Fetches the one that has the most key groups of the subtask, and the fewest others; or several.
     *
     * @param overlapMin how much of a database the subtask's key groups have to be at least, where there are several and one is
     *     begun with
     * @param several whether to begin with all whose files have nothing but what they are said to have
     * @param directory where a store is to be opened
     * @return what the store begins with where there are several, to be closed when it is open; null where files are in its
     *     directory, or none
     */
    public @Nullable ExportedColumns begin(
            Collection<KeyedStateHandle> handles, double overlapMin, boolean several, Path directory)
            throws IOException {
        List<IncrementalRemoteKeyedStateHandle> databases = handles.stream()
                .filter(IncrementalRemoteKeyedStateHandle.class::isInstance)
                .map(IncrementalRemoteKeyedStateHandle.class::cast)
                .toList();
        ExportedColumns exported = several && databases.size() > 1 ? exported(databases, directory) : null;
        IncrementalRemoteKeyedStateHandle best = exported == null ? best(databases, overlapMin) : null;
        if (best != null) {
            begun.add(best);
            reusable = place(best, RocksStore.databaseIn(directory));
        }
        begunUnread = begun.size();
        return exported;
    }

    private Map<String, StreamStateHandle> place(IncrementalRemoteKeyedStateHandle database, Path target)
            throws IOException {
        Fetched present = fetched.remove(database);
        if (present == null) {
            return download.into(target, database);
        }
        Files.move(present.directory(), target);
        return present.reusable();
    }

    private @Nullable IncrementalRemoteKeyedStateHandle best(
            List<IncrementalRemoteKeyedStateHandle> databases, double overlapMin) {
        IncrementalRemoteKeyedStateHandle best = null;
        for (IncrementalRemoteKeyedStateHandle database : databases) {
            boolean fits = databases.size() == 1 || overlap(database) >= overlapMin;
            if (fits && (best == null || isBetter(database, best))) {
                best = database;
            }
        }
        return best;
    }

    /** The states that are in what the store begins with, in its tables or in others. */
    public Collection<StateMetaInfoSnapshot> begunStates(ClassLoader userLoader) throws IOException {
        Map<String, StateMetaInfoSnapshot> states = new LinkedHashMap<>();
        for (IncrementalRemoteKeyedStateHandle database : begun) {
            for (StateMetaInfoSnapshot state : statesOf(database, userLoader)) {
                states.putIfAbsent(state.getName(), state);
            }
        }
        return states.values();
    }

    private List<StateMetaInfoSnapshot> statesOf(IncrementalRemoteKeyedStateHandle database, ClassLoader userLoader)
            throws IOException {
        KeyedBackendSerializationProxy<?> types = new KeyedBackendSerializationProxy<>(userLoader);
        try (BufferedStateStream stream = BufferedStateStream.open(database.getMetaDataStateHandle(), cancelables)) {
            types.read(new DataInputViewStreamWrapper(stream));
        }
        return types.getStateMetaInfoSnapshots();
    }

    /** Null where it is better to begin with one. */
    private @Nullable ExportedColumns exported(List<IncrementalRemoteKeyedStateHandle> databases, Path directory)
            throws IOException {
        ExportedColumns exported = new ExportedColumns(directory.resolve("exported"), keyGroupCount);
        try {
            int most = 0;
            for (IncrementalRemoteKeyedStateHandle database : databases) {
                Path files = directory.resolve("restored-" + UUID.randomUUID());
                Map<String, StreamStateHandle> ofCheckpoint = download.into(files, database);
                if (exported.add(files, span(database))) {
                    begun.add(database);
                    FileUtils.deleteDirectory(files.toFile());
                } else {
                    fetched.put(database, new Fetched(files, ofCheckpoint));
                    most = Math.max(most, shared(database));
                }
            }
            if (begun.stream().mapToInt(this::shared).sum() > most) {
                return exported;
            }
        } catch (IOException | RuntimeException | Error e) {
            exported.close();
            throw e;
        }
        begun.clear();
        exported.close();
        return null;
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
        Fetched present = fetched.remove(database);
        Path directory = present == null ? scratch.resolve("restored-" + UUID.randomUUID()) : present.directory();
        try {
            if (present == null) {
                download.into(directory, database);
            }
            try (ReadOnlyDatabase other = new ReadOnlyDatabase(directory, keyGroupCount)) {
                use.with(other::read);
            }
        } finally {
            FileUtils.deleteDirectoryQuietly(directory.toFile());
        }
    }
}

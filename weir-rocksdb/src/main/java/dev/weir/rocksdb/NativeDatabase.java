package dev.weir.rocksdb;

import dev.weir.engine.state.KeyGroupSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.Options;
import org.rocksdb.Priority;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;

/**
 * An open database and the owner of its native objects and its directory. Whoever uses it holds it; when the last holder
 * lets go, everything is closed and the directory removed. Holding and letting go is for any thread.
 */
final class NativeDatabase {

    /** What appends to lists: a comma between elements, as in Flink's format. */
    static final String APPEND = "stringappendtest";

    static final String DEFAULT = "default";

    // As many as Flink's batches have where their size does not matter.
    private static final int BATCH_CHANGES = 500;

    /** Collected in an array. */
    private static final int BATCH_BYTES_MAX = 1 << 26;

    private final Path directory;
    private final RocksOptions options;
    private final RocksDB database;
    private final List<ColumnFamilyHandle> columns = new ArrayList<>();
    private final Map<String, ColumnFamilyHandle> restored = new HashMap<>();
    private @Nullable OutsideCompaction compaction;
    private int holders = 1;
    private int fileCuts;

    /**
     * Opens a database, held by the caller.
     *
     * @param directory made here, with those above it, and removed at the end; files of a database in {@code db} below it
     *     are what the database begins with
     * @param options closed at the end, and when opening fails
     * @param exported what a new database begins with; null for nothing
     */
    NativeDatabase(Path directory, RocksOptions options, @Nullable ExportedColumns exported) throws IOException {
        this.directory = directory;
        this.options = options;
        try {
            Files.createDirectories(directory);
            this.database = open(RocksStore.databaseIn(directory), exported);
        } catch (IOException | RuntimeException | Error e) {
            options.close();
            throw e;
        }
    }

    private RocksDB open(Path path, @Nullable ExportedColumns exported) throws IOException {
        try {
            // All databases of the process share RocksDB's threads. By default one flushes for all of them, and one
            // compacts.
            int processors = Runtime.getRuntime().availableProcessors();
            Env.getDefault().incBackgroundThreadsIfNeeded(processors, Priority.HIGH);
            Env.getDefault().incBackgroundThreadsIfNeeded(processors, Priority.LOW);
            List<String> states = Files.exists(path) ? states(path) : List.of(DEFAULT);
            DBOptions with = options.database().setCreateIfMissing(true).setAvoidFlushDuringShutdown(true);
            RocksDB open = RocksDB.open(
                    with,
                    path.toString(),
                    states.stream()
                            .map(state -> new ColumnFamilyDescriptor(name(state), columnOptions(state)))
                            .toList(),
                    columns);
            for (int i = 0; i < states.size(); i++) {
                restored.put(states.get(i), columns.get(i));
            }
            restored.remove(DEFAULT);
            if (exported != null) {
                begin(open, exported);
            }
            options.watch().opened(open, with);
            return open;
        } catch (RocksDBException e) {
            throw new IOException("cannot open RocksDB in " + path + ": " + e.getMessage(), e);
        }
    }

    private void begin(RocksDB open, ExportedColumns exported) throws RocksDBException {
        try {
            exported.into((state, with, files) -> {
                ColumnFamilyDescriptor descriptor = new ColumnFamilyDescriptor(name(state), columnOptions(state));
                ColumnFamilyHandle column = files.isEmpty()
                        ? open.createColumnFamily(descriptor)
                        : open.createColumnFamilyWithImport(descriptor, with, files);
                columns.add(column);
                restored.put(state, column);
            });
        } catch (RocksDBException | RuntimeException | Error e) {
            columns.forEach(ColumnFamilyHandle::close);
            open.close();
            throw e;
        }
    }

    /** The column families of a database that is not open. */
    static List<String> states(Path path) throws RocksDBException {
        try (Options none = new Options()) {
            return RocksDB.listColumnFamilies(none, path.toString()).stream()
                    .map(name -> new String(name, StandardCharsets.UTF_8))
                    .toList();
        }
    }

    static byte[] name(String state) {
        return state.getBytes(StandardCharsets.UTF_8);
    }

    private ColumnFamilyOptions columnOptions(String state) {
        return options.column(state).setMergeOperatorName(APPEND);
    }

    RocksDB rocks() {
        return database;
    }

    RocksOptions options() {
        return options;
    }

    /** Whether changes are many enough to be written. */
    boolean isFull(Changes changes) {
        long bytes = options.batchBytes();
        return changes.size() >= (bytes > 0 ? Math.min(bytes, BATCH_BYTES_MAX) : BATCH_BYTES_MAX)
                || (bytes <= 0 && changes.count() >= BATCH_CHANGES);
    }

    /** Makes a column family, or gives out the one that the database began with. */
    ColumnFamilyHandle create(String state) {
        ColumnFamilyHandle present = restored.remove(state);
        ColumnFamilyHandle column = present == null ? createNew(state) : present;
        options.watch().column(state, column);
        return column;
    }

    private ColumnFamilyHandle createNew(String state) {
        try {
            ColumnFamilyHandle column =
                    database.createColumnFamily(new ColumnFamilyDescriptor(name(state), columnOptions(state)));
            columns.add(column);
            return column;
        } catch (RocksDBException e) {
            throw failed("create the column family of", state, e);
        }
    }

    /** The column family that the database began with and that nobody has asked for yet, null where there is none. */
    @Nullable
    ColumnFamilyHandle unclaimed(String state) {
        return restored.get(state);
    }

    /** Gives up what {@link #unclaimed} knows. */
    void dropUnclaimed() {
        for (Map.Entry<String, ColumnFamilyHandle> column : restored.entrySet()) {
            try {
                drop(column.getValue());
            } catch (RocksDBException e) {
                throw failed("give up", column.getKey(), e);
            }
            close(column.getValue());
        }
        restored.clear();
    }

    /**
     * Removes what is between two keys from all column families.
     *
     * @param wholeFiles whether files with nothing else in them are deleted first
     */
    void remove(byte[] from, byte[] to, boolean wholeFiles) throws IOException {
        try {
            for (ColumnFamilyHandle column : columns) {
                if (wholeFiles) {
                    database.deleteFilesInRanges(column, List.of(from, to), false);
                }
                database.deleteRange(column, options.write(), from, to);
            }
        } catch (RocksDBException e) {
            throw new IOException("cannot remove key groups from the database in " + directory, e);
        }
    }

    /** Has RocksDB rewrite the files that have something of other key groups, on a thread of its own. Once. */
    void compactOutside(KeyGroupSpan keyGroups, int keyGroupCount) {
        compaction = new OutsideCompaction(database, List.copyOf(columns), keyGroups, keyGroupCount);
    }

    /** The files of the database as it is now. Writes what is in memory. */
    FileCut files() throws IOException {
        Path target = directory.resolve("cut-" + fileCuts++);
        hold();
        try (Checkpoint checkpoint = Checkpoint.create(database)) {
            checkpoint.createCheckpoint(target.toString());
            return new FileCut(this, target);
        } catch (RocksDBException e) {
            letGo();
            throw new IOException("cannot link the files of the database in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Gives up a column family, whose entries can be read until it is closed. */
    void drop(ColumnFamilyHandle column) throws RocksDBException {
        database.dropColumnFamily(column);
    }

    /** Closes a column family that was given up; one that may be compacted at the end only. */
    void close(ColumnFamilyHandle dropped) {
        options.watch().closing(dropped);
        if (compaction == null || !compaction.isRunning()) {
            columns.remove(dropped);
            dropped.close();
        }
    }

    static UncheckedIOException failed(String what, String state, Exception cause) {
        return new UncheckedIOException(
                "cannot " + what + " state '" + state + "': " + cause.getMessage(),
                cause instanceof IOException io ? io : new IOException(cause));
    }

    synchronized void hold() {
        if (holders == 0) {
            throw new IllegalStateException("the database in " + directory + " was closed");
        }
        holders++;
    }

    /** The state as it is now, for a holder, to be given back by {@link #release}. */
    Snapshot snapshot() {
        hold();
        return database.getSnapshot();
    }

    void release(Snapshot snapshot) {
        database.releaseSnapshot(snapshot);
        snapshot.close();
        letGo();
    }

    synchronized void letGo() {
        if (--holders > 0) {
            return;
        }
        if (compaction != null) {
            compaction.end();
        }
        options.watch().closing();
        columns.forEach(ColumnFamilyHandle::close);
        database.close();
        options.close();
        try {
            delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the closed database in " + directory, e);
        }
    }

    static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

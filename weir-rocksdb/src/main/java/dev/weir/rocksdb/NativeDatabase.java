package dev.weir.rocksdb;

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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;

/**
 * An open database and the owner of its native objects and its directory. Whoever uses it holds it; when the last holder
 * lets go, everything is closed and the directory removed. Holding and letting go is for any thread.
 */
final class NativeDatabase {

    /** What appends to lists: a comma between elements, as in Flink's format. */
    private static final String APPEND = "stringappendtest";

    private final Path directory;
    private final RocksOptions options;
    private final RocksDB database;
    private final List<ColumnFamilyHandle> columns = new ArrayList<>();
    private int holders = 1;

    /**
     * Opens a new database, held by the caller.
     *
     * @param directory made here, with those above it, and removed at the end
     * @param options closed at the end, and when opening fails
     */
    NativeDatabase(Path directory, RocksOptions options) throws IOException {
        this.directory = directory;
        this.options = options;
        try {
            Files.createDirectories(directory);
            this.database = open(directory.resolve("db"));
        } catch (IOException | RuntimeException | Error e) {
            options.close();
            throw e;
        }
    }

    private RocksDB open(Path path) throws IOException {
        List<ColumnFamilyDescriptor> present =
                List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, columnOptions("default")));
        try {
            return RocksDB.open(
                    options.database().setCreateIfMissing(true).setAvoidFlushDuringShutdown(true),
                    path.toString(),
                    present,
                    columns);
        } catch (RocksDBException e) {
            throw new IOException("cannot open RocksDB in " + path + ": " + e.getMessage(), e);
        }
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

    /** Makes a column family. */
    ColumnFamilyHandle create(String state) {
        byte[] name = state.getBytes(StandardCharsets.UTF_8);
        try {
            ColumnFamilyHandle column =
                    database.createColumnFamily(new ColumnFamilyDescriptor(name, columnOptions(state)));
            columns.add(column);
            return column;
        } catch (RocksDBException e) {
            throw failed("create the column family of", state, e);
        }
    }

    /** Gives up a column family, whose entries can be read until it is closed. */
    void drop(ColumnFamilyHandle column) throws RocksDBException {
        database.dropColumnFamily(column);
    }

    /** Closes a column family that was given up. */
    void close(ColumnFamilyHandle dropped) {
        columns.remove(dropped);
        dropped.close();
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
        columns.forEach(ColumnFamilyHandle::close);
        database.close();
        options.close();
        try {
            delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the closed database in " + directory, e);
        }
    }

    private static void delete(Path directory) throws IOException {
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

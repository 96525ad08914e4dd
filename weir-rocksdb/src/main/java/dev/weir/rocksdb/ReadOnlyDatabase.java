package dev.weir.rocksdb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** A database that is copied from, and not changed. For one thread. */
public final class ReadOnlyDatabase implements AutoCloseable {

    private final Path directory;
    private final int keyGroupCount;
    // Few files at a time, as what is in memory of them is nobody's budget.
    private final DBOptions options = new DBOptions().setMaxOpenFiles(64);
    private final ColumnFamilyOptions columnOptions =
            new ColumnFamilyOptions().setMergeOperatorName(NativeDatabase.APPEND);
    private final List<ColumnFamilyHandle> handles = new ArrayList<>();
    private final Map<String, ColumnFamilyHandle> columns = new HashMap<>();
    private final @Nullable RocksDB database;

    /**
     * Opens the files in a directory.
     *
     * @param keyGroupCount as the database was written with
     */
    public ReadOnlyDatabase(Path directory, int keyGroupCount) throws IOException {
        this.directory = directory;
        this.keyGroupCount = keyGroupCount;
        try {
            List<String> states = NativeDatabase.states(directory);
            this.database = RocksDB.openReadOnly(
                    options,
                    directory.toString(),
                    states.stream()
                            .map(state -> new ColumnFamilyDescriptor(NativeDatabase.name(state), columnOptions))
                            .toList(),
                    handles);
            for (int i = 0; i < states.size(); i++) {
                columns.put(states.get(i), handles.get(i));
            }
        } catch (RocksDBException e) {
            close();
            throw failed("open", e);
        }
    }

    private IOException failed(String what, RocksDBException cause) {
        return new IOException("cannot " + what + " the database in " + directory + ": " + cause.getMessage(), cause);
    }

    /** Reads all entries of a key group, in order. */
    public void read(String state, int keyGroup, StoredReader to) throws IOException {
        ColumnFamilyHandle column = columns.get(state);
        RocksDB open = database;
        if (column == null || open == null) {
            throw new IOException("the database in " + directory + " has no state '" + state + "'");
        }
        byte[] prefix = KeyLayout.prefix(keyGroup, keyGroupCount);
        try (RocksIterator entries = open.newIterator(column)) {
            for (entries.seek(prefix); entries.isValid(); entries.next()) {
                byte[] key = entries.key();
                if (!Scan.startsWith(key, prefix)) {
                    break;
                }
                to.take(key, entries.value());
            }
            entries.status();
        } catch (RocksDBException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void close() {
        handles.forEach(ColumnFamilyHandle::close);
        if (database != null) {
            database.close();
        }
        columnOptions.close();
        options.close();
    }
}

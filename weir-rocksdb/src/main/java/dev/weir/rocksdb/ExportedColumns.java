package dev.weir.rocksdb;

import dev.weir.engine.state.KeyGroupSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ExportImportFilesMetaData;
import org.rocksdb.ImportColumnFamilyOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The column families of other databases, of other key groups each, that a new database begins with: their files are linked
 * into it, not one entry is read. For one thread.
 */
public final class ExportedColumns implements AutoCloseable {

    private static final String BLOBS = ".blob";

    private final Path scratch;
    private final int keyGroupCount;
    private final Map<String, List<ExportImportFilesMetaData>> columns = new LinkedHashMap<>();
    private int databases;

    /**
     * @param scratch where files are linked meanwhile; made here, and removed when this is closed
     * @param keyGroupCount as the databases were written with
     */
    public ExportedColumns(Path scratch, int keyGroupCount) {
        this.scratch = scratch;
        this.keyGroupCount = keyGroupCount;
    }

    /**
     * Adds those of the database in a directory, whose files may be changed.
     *
     * @param of key groups that no other database here is of
     * @return false where its files are of others too, with entries perhaps that were given up there, or where values lie in files
     *     of their own, which RocksDB does not export: not to be had this way
     */
    public boolean add(Path directory, KeyGroupSpan of) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            if (files.anyMatch(file -> file.toString().endsWith(BLOBS))) {
                return false;
            }
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions().setMaxOpenFiles(64).setAvoidFlushDuringShutdown(true);
                ColumnFamilyOptions columnOptions = new ColumnFamilyOptions()
                        .setMergeOperatorName(NativeDatabase.APPEND)
                        .setDisableAutoCompactions(true)) {
            List<String> states = NativeDatabase.states(directory);
            List<ColumnFamilyDescriptor> descriptors = states.stream()
                    .map(state -> new ColumnFamilyDescriptor(NativeDatabase.name(state), columnOptions))
                    .toList();
            try (RocksDB open = RocksDB.open(options, directory.toString(), descriptors, handles)) {
                try {
                    List<LiveFileMetaData> files = open.getLiveFilesMetaData();
                    Outside outside = Outside.of(files, of, keyGroupCount);
                    if (outside.isEmpty()) {
                        export(open, handles, files);
                    }
                    return outside.isEmpty();
                } finally {
                    handles.forEach(ColumnFamilyHandle::close);
                }
            }
        } catch (RocksDBException e) {
            throw new IOException("cannot export the database in " + directory + ": " + e.getMessage(), e);
        }
    }

    private void export(RocksDB database, List<ColumnFamilyHandle> handles, List<LiveFileMetaData> files)
            throws RocksDBException, IOException {
        Path target = Files.createDirectories(scratch.resolve(Integer.toString(databases++)));
        try (Checkpoint checkpoint = Checkpoint.create(database)) {
            for (int i = 0; i < handles.size(); i++) {
                byte[] name = handles.get(i).getName();
                String state = new String(name, StandardCharsets.UTF_8);
                if (state.equals(NativeDatabase.DEFAULT)) {
                    continue;
                }
                List<ExportImportFilesMetaData> exported = columns.computeIfAbsent(state, none -> new ArrayList<>());
                // one without files cannot be imported
                if (files.stream().anyMatch(file -> Arrays.equals(file.columnFamilyName(), name))) {
                    exported.add(checkpoint.exportColumnFamily(
                            handles.get(i), target.resolve(Integer.toString(i)).toString()));
                }
            }
        }
    }

    /** Where a column family is made in a new database. */
    interface Target {
        /** Makes one of files; an empty one where there are none. */
        void make(String state, ImportColumnFamilyOptions options, List<ExportImportFilesMetaData> files)
                throws RocksDBException;
    }

    /** Has a new database begin with these. Once. */
    void into(Target target) throws RocksDBException {
        try (ImportColumnFamilyOptions options = new ImportColumnFamilyOptions().setMoveFiles(true)) {
            for (Map.Entry<String, List<ExportImportFilesMetaData>> column : columns.entrySet()) {
                target.make(column.getKey(), options, column.getValue());
            }
        }
    }

    @Override
    public void close() throws IOException {
        columns.values().forEach(files -> files.forEach(ExportImportFilesMetaData::close));
        columns.clear();
        if (Files.exists(scratch)) {
            NativeDatabase.delete(scratch);
        }
    }
}

package dev.weir.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of a database as they were at one moment, by hard links: enough to open it again. Later changes of the database
 * touch none of them. Holds the database until it is closed, which removes the links. For any one thread at a time.
 */
public final class FileCut implements AutoCloseable {

    private static final String TABLE_SUFFIX = ".sst";

    // RocksDB writes down there what it was opened with, which whoever opens it next says anew.
    private static final String OPTIONS_PREFIX = "OPTIONS-";

    private final NativeDatabase database;
    private final Path directory;
    private boolean closed;

    FileCut(NativeDatabase database, Path directory) {
        this.database = database;
        this.directory = directory;
    }

    /** The files, in no order. */
    public List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.getFileName().toString().startsWith(OPTIONS_PREFIX))
                    .toList();
        }
    }

    /** Whether a file of this name has the same content for as long as the database lives, wherever it is opened. */
    public static boolean isImmutable(String name) {
        return name.endsWith(TABLE_SUFFIX);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            NativeDatabase.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove links to the files of a database: " + directory, e);
        } finally {
            database.letGo();
        }
    }
}

package dev.weir.flink.state;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;

/** The column families of an open database, by state, for whoever asks about them; none is asked while it closes. Thread-safe. */
final class OpenColumns {
    private final Map<String, ColumnFamilyHandle> columns = new HashMap<>();
    private @Nullable RocksDB database;

    /** What is asked. */
    interface Question<T, E extends Exception> {
        T ask(RocksDB database, ColumnFamilyHandle column) throws E;
    }

    synchronized void opened(RocksDB opened) {
        database = opened;
    }

    /** Whether the state had none before. */
    synchronized boolean add(String state, ColumnFamilyHandle column) {
        return columns.put(state, column) == null;
    }

    synchronized void closing(ColumnFamilyHandle column) {
        columns.values().removeIf(column::equals);
    }

    synchronized void closing() {
        database = null;
        columns.clear();
    }

    /** Empty where the state has no column any more. */
    synchronized <T, E extends Exception> Optional<T> ask(String state, Question<T, E> question) throws E {
        RocksDB open = database;
        ColumnFamilyHandle column = columns.get(state);
        return open == null || column == null ? Optional.empty() : Optional.of(question.ask(open, column));
    }
}

package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.CacheBudget;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksObject;
import org.rocksdb.WriteOptions;

/** Small buffers, so that entries come from files as well as from memory; counts native objects that are open. */
public final class TestOptions implements RocksOptions {

    static {
        RocksStore.loadLibrary();
    }

    private final Deque<RocksObject> open = new ArrayDeque<>();
    private final long writeBufferBytes;
    private final WriteOptions write;
    private final ReadOptions read;

    private final @Nullable CacheBudget cache;
    private final DatabaseWatch watch;

    TestOptions(long writeBufferBytes) {
        this(writeBufferBytes, null);
    }

    /** @param cache what entries may take in memory; null for none */
    public TestOptions(long writeBufferBytes, @Nullable CacheBudget cache) {
        this(writeBufferBytes, cache, DatabaseWatch.NONE);
    }

    TestOptions(long writeBufferBytes, @Nullable CacheBudget cache, DatabaseWatch watch) {
        this.watch = watch;
        this.writeBufferBytes = writeBufferBytes;
        this.cache = cache;
        this.write = owned(new WriteOptions().setDisableWAL(true));
        this.read = owned(new ReadOptions());
    }

    private <T extends RocksObject> T owned(T made) {
        open.push(made);
        return made;
    }

    @Override
    public DBOptions database() {
        return owned(new DBOptions());
    }

    @Override
    public ColumnFamilyOptions column(String state) {
        return owned(new ColumnFamilyOptions()).setWriteBufferSize(writeBufferBytes);
    }

    @Override
    public @Nullable CacheBudget cache() {
        return cache;
    }

    @Override
    public WriteOptions write() {
        return write;
    }

    @Override
    public ReadOptions read() {
        return read;
    }

    public boolean areClosed() {
        return open.isEmpty();
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    @Override
    public DatabaseWatch watch() {
        return watch;
    }
}

package dev.weir.rocksdb;

import dev.weir.engine.state.KeyGroupSpan;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * A compaction of what a database has of other key groups than its own, so that its files can be taken as they are at the next
 * change of parallelism. Runs on a thread of its own and ends with it.
 */
final class OutsideCompaction {

    private final RocksDB database;
    private final List<ColumnFamilyHandle> columns;
    private final KeyGroupSpan keyGroups;
    private final int keyGroupCount;
    private final CompactRangeOptions options = new CompactRangeOptions()
            .setExclusiveManualCompaction(false)
            // a compaction that has begun hears of a later word only where there has been one before
            .setCanceled(false)
            .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized);
    private final Thread thread = new Thread(this::run, "Compaction after rescaling");
    private volatile boolean ended;

    /** Begins. */
    OutsideCompaction(RocksDB database, List<ColumnFamilyHandle> columns, KeyGroupSpan keyGroups, int keyGroupCount) {
        this.database = database;
        this.columns = columns;
        this.keyGroups = keyGroups;
        this.keyGroupCount = keyGroupCount;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        Outside outside = Outside.of(database.getLiveFilesMetaData(), keyGroups, keyGroupCount);
        for (ColumnFamilyHandle column : columns) {
            compact(column, outside.before(), outside.first());
            compact(column, outside.end(), outside.behind());
        }
    }

    private void compact(ColumnFamilyHandle column, byte @Nullable [] from, byte @Nullable [] to) {
        if (from == null || to == null || ended) {
            return;
        }
        try {
            database.compactRange(column, from, to, options);
        } catch (RocksDBException givenUp) {
            // RocksDB tells the next writer what is wrong, if something is
        }
    }

    /** Whether column families are in use. Once it is not, it never is again. */
    boolean isRunning() {
        return thread.isAlive();
    }

    /** Gives up what is not done and waits for the thread. */
    void end() {
        ended = true;
        options.setCanceled(true);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        options.close();
    }
}

package dev.weir.flink.state;

import dev.weir.rocksdb.DatabaseWatch;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What RocksDB estimates of each state, as two metrics in the operator's group. Asked whenever somebody reads them, by any
 * thread. What is in the cache of entries only is not known to it.
 */
public final class StateEstimates implements DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StateEstimates.class);

    private final Estimates estimates;
    private final OpenColumns columns = new OpenColumns();

    /** @param estimates of the operator */
    public StateEstimates(Estimates estimates) {
        this.estimates = estimates;
    }

    @Override
    public void opened(RocksDB opened, DBOptions options) {
        columns.opened(opened);
    }

    @Override
    public void column(String state, ColumnFamilyHandle column) {
        if (columns.add(state, column)) {
            estimates.add(
                    state,
                    () -> read(state, "rocksdb.estimate-num-keys"),
                    // files, and what is not in files yet
                    () -> read(state, "rocksdb.estimate-live-data-size")
                            + read(state, "rocksdb.cur-size-all-mem-tables"));
        }
    }

    @Override
    public void closing(ColumnFamilyHandle column) {
        columns.closing(column);
    }

    @Override
    public void closing() {
        columns.closing();
    }

    private long read(String state, String property) {
        try {
            return columns.ask(state, (database, column) -> database.getLongProperty(column, property))
                    .orElse(0L);
        } catch (RocksDBException e) {
            LOG.debug("cannot read {} of state '{}'", property, state, e);
            return 0;
        }
    }
}

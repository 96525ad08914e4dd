package dev.weir.flink.state;

import dev.weir.rocksdb.DatabaseWatch;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;
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

    private final MetricGroup group;
    private final Map<String, ColumnFamilyHandle> columns = new HashMap<>();
    private @Nullable RocksDB database;

    /** @param group of the operator */
    public StateEstimates(MetricGroup group) {
        this.group = group;
    }

    @Override
    public synchronized void opened(RocksDB opened, DBOptions options) {
        database = opened;
    }

    @Override
    public void column(String state, ColumnFamilyHandle column) {
        ColumnFamilyHandle before;
        synchronized (this) {
            before = columns.put(state, column);
        }
        if (before == null) {
            MetricGroup ofState = group.addGroup(state);
            ofState.gauge("estimatedEntries", new Estimate(state, true));
            ofState.gauge("estimatedBytes", new Estimate(state, false));
        }
    }

    /** One of the two figures. */
    public final class Estimate implements Gauge<Long> {
        private final String state;
        private final boolean ofEntries;

        private Estimate(String state, boolean ofEntries) {
            this.state = state;
            this.ofEntries = ofEntries;
        }

        /** Name of the state. */
        public String state() {
            return state;
        }

        /** Whether it is the number of entries; else it is how many bytes they take. */
        public boolean isOfEntries() {
            return ofEntries;
        }

        @Override
        public Long getValue() {
            return ofEntries
                    ? read(state, "rocksdb.estimate-num-keys")
                    // files, and what is not in files yet
                    : read(state, "rocksdb.estimate-live-data-size") + read(state, "rocksdb.cur-size-all-mem-tables");
        }
    }

    @Override
    public synchronized void closing(ColumnFamilyHandle column) {
        columns.values().removeIf(column::equals);
    }

    @Override
    public synchronized void closing() {
        database = null;
        columns.clear();
    }

    private synchronized long read(String state, String property) {
        RocksDB open = database;
        ColumnFamilyHandle column = columns.get(state);
        if (open == null || column == null) {
            return 0;
        }
        try {
            return open.getLongProperty(column, property);
        } catch (RocksDBException e) {
            LOG.debug("cannot read {} of state '{}'", property, state, e);
            return 0;
        }
    }
}

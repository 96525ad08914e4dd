package dev.weir.flink.state;

import dev.weir.rocksdb.DatabaseWatch;
import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.View;
import org.apache.flink.state.rocksdb.RocksDBNativeMetricOptions;
import org.apache.flink.state.rocksdb.RocksDBProperty;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink's metrics of a database, under its names: what RocksDB says of each state's column family, and what it counts. The
 * thread that updates views reads them; a database that is closing is not asked.
 */
public final class NativeMetrics implements DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(NativeMetrics.class);
    private static final String COLUMN = "column_family";

    private final RocksDBNativeMetricOptions options;
    private final MetricGroup group;
    private final OpenColumns columns = new OpenColumns();
    private @Nullable Statistics statistics;

    private NativeMetrics(RocksDBNativeMetricOptions options, MetricGroup group) {
        this.options = options;
        this.group = group;
    }

    /** Registers metrics in the group of an operator as states come, where there are to be any. */
    public static DatabaseWatch of(RocksDBNativeMetricOptions options, MetricGroup group) {
        return options.isEnabled() ? new NativeMetrics(options, group) : NONE;
    }

    @Override
    public void opened(RocksDB opened, DBOptions with) {
        columns.opened(opened);
        synchronized (this) {
            statistics = with.statistics();
        }
        if (options.isStatisticsEnabled()) {
            for (TickerType ticker : options.getMonitorTickerTypes()) {
                group.gauge("rocksdb." + ticker.name().toLowerCase(Locale.ROOT), new Count(ticker));
            }
        }
    }

    @Override
    public void column(String state, ColumnFamilyHandle column) {
        if (columns.add(state, column)) {
            MetricGroup ofState =
                    options.isColumnFamilyAsVariable() ? group.addGroup(COLUMN, state) : group.addGroup(state);
            for (RocksDBProperty property : options.getProperties()) {
                ofState.gauge(property.getRocksDBProperty(), new Property(state, property));
            }
        }
    }

    @Override
    public void closing(ColumnFamilyHandle column) {
        columns.closing(column);
    }

    @Override
    public synchronized void closing() {
        columns.closing();
        Statistics counted = statistics;
        statistics = null;
        if (counted != null) {
            counted.close();
        }
    }

    private synchronized OptionalLong read(TickerType ticker) {
        Statistics counted = statistics;
        return counted == null ? OptionalLong.empty() : OptionalLong.of(counted.getTickerCount(ticker));
    }

    /** A property of a column family, as it was last asked for. */
    private final class Property implements Gauge<BigInteger>, View {
        private final String state;
        private final RocksDBProperty property;
        private volatile BigInteger value = BigInteger.ZERO;
        private boolean failed;

        Property(String state, RocksDBProperty property) {
            this.state = state;
            this.property = property;
        }

        @Override
        public BigInteger getValue() {
            return value;
        }

        @Override
        public void update() {
            if (failed) {
                return;
            }
            try {
                // RocksDB's numbers have no sign
                columns.ask(state, property::getNumericalPropertyValue)
                        .ifPresent(read -> value = new BigInteger(Long.toUnsignedString(read)));
            } catch (Exception e) {
                failed = true;
                LOG.warn("cannot read {} of state '{}'", property.getRocksDBProperty(), state, e);
            }
        }
    }

    /** What the database counts, as it was last asked for. */
    private final class Count implements Gauge<Long>, View {
        private final TickerType ticker;
        private volatile long value;

        Count(TickerType ticker) {
            this.ticker = ticker;
        }

        @Override
        public Long getValue() {
            return value;
        }

        @Override
        public void update() {
            read(ticker).ifPresent(read -> value = read);
        }
    }
}

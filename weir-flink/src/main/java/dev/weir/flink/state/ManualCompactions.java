package dev.weir.flink.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.rocksdb.DatabaseWatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.state.rocksdb.sstmerge.RocksDBManualCompactionConfig;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionJobInfo;
import org.rocksdb.CompactionOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges small files that lie side by side in one level, which RocksDB has no reason to touch, as Flink's backend does.
 * A thread of the database's own looks for them every so often and has RocksDB compact them, one group after the other. A
 * database that closes waits for the group under way at most, which RocksDB gives up then.
 */
public final class ManualCompactions implements DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ManualCompactions.class);

    private static final Comparator<LiveFileMetaData> BY_COLUMN_AND_KEY = Comparator.comparing(
                    LiveFileMetaData::columnFamilyName, Arrays::compareUnsigned)
            .thenComparing(LiveFileMetaData::smallestKey, Arrays::compareUnsigned);

    private final RocksDBManualCompactionConfig limits;
    private final ScheduledThreadPoolExecutor thread;
    private final Map<String, ColumnFamilyHandle> columns = new ConcurrentHashMap<>();
    private volatile @Nullable RocksDB database;

    ManualCompactions(RocksDBManualCompactionConfig limits, String operator) {
        this.limits = limits;
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread created = new Thread(task, "Compactions of " + operator);
            created.setDaemon(true);
            return created;
        });
    }

    /**
     * Compacts where it is asked for.
     *
     * @param operator whose state it is
     */
    public static DatabaseWatch of(RocksDBManualCompactionConfig limits, String operator) {
        return limits.minInterval <= 0 ? NONE : new ManualCompactions(limits, operator);
    }

    @Override
    public void opened(RocksDB opened, DBOptions options) {
        database = opened;
        thread.scheduleWithFixedDelay(this::round, limits.minInterval, limits.minInterval, TimeUnit.MILLISECONDS);
    }

    @Override
    public void column(String state, ColumnFamilyHandle column) {
        columns.put(state, column);
    }

    @Override
    public synchronized void closing(ColumnFamilyHandle column) {
        columns.values().removeIf(column::equals);
    }

    @Override
    public void closing() {
        thread.shutdown();
        RocksDB closing = database;
        database = null;
        if (closing != null) {
            closing.cancelAllBackgroundWork(false);
        }
        awaitGroup();
    }

    /** Whoever is in the monitor uses the database. */
    private synchronized void awaitGroup() {
        columns.clear();
    }

    /** Compacts what is to be compacted now. */
    void round() {
        for (List<LiveFileMetaData> group : groups()) {
            try {
                compact(group);
            } catch (RocksDBException e) {
                // also where RocksDB has begun to compact one of them itself
                if (database != null) {
                    LOG.warn("{} small files cannot be compacted now", group.size(), e);
                }
            }
        }
    }

    /** The longest first. */
    private synchronized List<List<LiveFileMetaData>> groups() {
        RocksDB open = database;
        if (open == null) {
            return List.of();
        }
        List<LiveFileMetaData> files = open.getLiveFilesMetaData().stream()
                // RocksDB cares about level 0
                .filter(file -> file.level() > 0)
                .sorted(BY_COLUMN_AND_KEY)
                .toList();
        List<List<LiveFileMetaData>> groups = new ArrayList<>();
        List<LiveFileMetaData> group = new ArrayList<>();
        for (LiveFileMetaData file : files) {
            boolean small = file.size() <= limits.maxFileSizeToCompact.getBytes() && !file.beingCompacted();
            if (!small || !belongsTo(group, file)) {
                add(group, groups);
                group = new ArrayList<>();
            }
            if (small) {
                group.add(file);
            }
        }
        add(group, groups);
        return groups.stream()
                .sorted(Comparator.comparing((List<LiveFileMetaData> each) -> each.size())
                        .reversed())
                .limit(Math.max(0, limits.maxManualCompactions))
                .toList();
    }

    private void add(List<LiveFileMetaData> group, List<List<LiveFileMetaData>> groups) {
        if (!group.isEmpty() && group.size() >= limits.minFilesToCompact) {
            groups.add(group);
        }
    }

    private boolean belongsTo(List<LiveFileMetaData> group, LiveFileMetaData file) {
        if (group.isEmpty()) {
            return true;
        }
        LiveFileMetaData first = group.get(0);
        long bytes = group.stream().mapToLong(LiveFileMetaData::size).sum() + file.size();
        return first.level() == file.level()
                && Arrays.equals(first.columnFamilyName(), file.columnFamilyName())
                && bytes <= limits.maxOutputFileSize.getBytes()
                && group.size() < limits.maxFilesToCompact;
    }

    private synchronized void compact(List<LiveFileMetaData> group) throws RocksDBException {
        RocksDB open = database;
        ColumnFamilyHandle column = columns.get(new String(group.get(0).columnFamilyName(), UTF_8));
        if (open == null
                || column == null
                || open.getLongProperty(column, "rocksdb.num-running-compactions") >= limits.maxAutoCompactions) {
            return;
        }
        int levels;
        try (ColumnFamilyOptions options = column.getDescriptor().getOptions()) {
            levels = options.numLevels();
        }
        int into = Math.min(group.get(0).level() + 1, levels - 1);
        try (CompactionOptions options = new CompactionOptions()
                        .setOutputFileSizeLimit(limits.maxOutputFileSize.getBytes())
                        // as the column's other files of that level
                        .setCompression(CompressionType.DISABLE_COMPRESSION_OPTION);
                CompactionJobInfo info = new CompactionJobInfo()) {
            open.compactFiles(
                    options,
                    column,
                    group.stream().map(LiveFileMetaData::fileName).toList(),
                    into,
                    0,
                    info);
        }
    }
}

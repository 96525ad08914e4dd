package dev.weir.flink.host;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.PredefinedOptions;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.IndexType;
import org.rocksdb.TableFormatConfig;

/**
 * What files of a database are like where the user has said nothing about that: with bloom filters and a hash index in each
 * block, since most reads are of single keys, many of which are not there, filters and indexes being in partitions; and not compressed where they are soon merged.
 */
final class TunedOptions implements RocksDBOptionsFactory {
    private static final long serialVersionUID = 1L;

    private static final String PREFIX = "state.backend.rocksdb.";
    private static final double BLOOM_BITS = 10;
    private static final double KEYS_PER_BUCKET = 0.75;
    private static final int PARTITION_BYTES = 4096;

    /** Beginnings of keys that say nothing about files. */
    private static final Set<String> OTHERS = Set.of(
            "localdir",
            "memory.",
            "metrics.",
            "timer-service.",
            "checkpoint.",
            "manual-compaction.",
            "write-batch-size",
            "log.",
            "rescaling.",
            "restore-overlap-fraction-threshold",
            "use-ingest-db-restore-mode",
            "incremental-restore-async-compact-after-rescale");

    private static final List<CompressionType> COMPRESSION = List.of(
            CompressionType.NO_COMPRESSION,
            CompressionType.NO_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION);

    private final boolean partitioned;

    private TunedOptions(boolean partitioned) {
        this.partitioned = partitioned;
    }

    /**
     * The user's factory of options, or this one where nothing has been said; null for neither.
     *
     * @param saysMore whether the configuration says something about files that is not in {@code configured}
     * @param shared whether databases share a block cache, which has to have room for filters and indexes then
     */
    static @Nullable RocksDBOptionsFactory where(
            EmbeddedRocksDBStateBackend options, ReadableConfig configured, boolean saysMore, boolean shared) {
        RocksDBOptionsFactory ofUser = options.getRocksDBOptions();
        boolean said = saysMore || options.getPredefinedOptions() != PredefinedOptions.DEFAULT;
        return ofUser == null && !said && saysNothing(configured) ? new TunedOptions(shared) : ofUser;
    }

    private static boolean saysNothing(ReadableConfig configured) {
        return configured instanceof Configuration configuration
                && configuration.keySet().stream()
                        .filter(key -> key.startsWith(PREFIX))
                        .map(key -> key.substring(PREFIX.length()))
                        .allMatch(key -> OTHERS.stream().anyMatch(key::startsWith));
    }

    @Override
    public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
        return current;
    }

    @Override
    public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
        TableFormatConfig format = current.tableFormatConfig();
        if (format instanceof BlockBasedTableConfig blocks) {
            BloomFilter bloom = new BloomFilter(BLOOM_BITS, false);
            toClose.add(bloom);
            blocks.setFilterPolicy(bloom)
                    .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
                    .setDataBlockHashTableUtilRatio(KEYS_PER_BUCKET);
            if (partitioned) {
                // whole ones are megabytes for each file, and read anew for each key where they exceed the block cache
                blocks.setIndexType(IndexType.kTwoLevelIndexSearch)
                        .setPartitionFilters(true)
                        .setMetadataBlockSize(PARTITION_BYTES)
                        .setPinTopLevelIndexAndFilter(true)
                        .setCacheIndexAndFilterBlocksWithHighPriority(true);
            }
            current.setTableFormatConfig(blocks);
        }
        return current.setCompressionPerLevel(COMPRESSION);
    }
}

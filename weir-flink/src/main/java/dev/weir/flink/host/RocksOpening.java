package dev.weir.flink.host;

import dev.weir.flink.state.Estimates;
import dev.weir.flink.state.ManualCompactions;
import dev.weir.flink.state.NativeMetrics;
import dev.weir.flink.state.RocksResources;
import dev.weir.flink.state.StateEstimates;
import dev.weir.flink.twin.Internals;
import dev.weir.rocksdb.DatabaseWatch;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksStore;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.StateBackend.KeyedStateBackendParameters;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBNativeMetricOptions;
import org.apache.flink.state.rocksdb.RocksDBOperationUtils;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.apache.flink.state.rocksdb.RocksDBPriorityQueueConfig;
import org.apache.flink.state.rocksdb.RocksDBResourceContainer;
import org.apache.flink.state.rocksdb.sstmerge.RocksDBManualCompactionConfig;
import org.apache.flink.util.TernaryBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the options of Flink's RocksDB backend to those of a database of ours. Stateless. */
final class RocksOpening {
    private static final Logger LOG = LoggerFactory.getLogger(RocksOpening.class);

    private RocksOpening() {}

    /**
     * What the database of an operator's subtask is opened with: a directory of its own, the user's options, and the cache
     * and write buffers that all databases of the slot share.
     *
     * @param tiered whether state is on the heap while it fits
     */
    static RocksResources open(
            EmbeddedRocksDBStateBackend options, boolean tiered, KeyedStateBackendParameters<?> of, Estimates estimates)
            throws IOException {
        Path directory = directory(options, of);
        RocksDBNativeMetricOptions metrics = metrics(options);
        return new RocksResources(
                directory,
                restoring(options),
                () -> parts(options, of, directory, metrics.isStatisticsEnabled()),
                tiered ? RocksMemory.heap(of.getEnv()) : null,
                timersInMemory(options, of.getEnv()),
                DatabaseWatch.both(
                        ManualCompactions.of(compactions(options), of.getOperatorIdentifier()),
                        DatabaseWatch.both(
                                NativeMetrics.of(metrics, of.getMetricGroup()), new StateEstimates(estimates))),
                of.getTtlTimeProvider());
    }

    private static RocksResources.Parts parts(
            EmbeddedRocksDBStateBackend options,
            KeyedStateBackendParameters<?> of,
            Path directory,
            boolean hasStatistics)
            throws IOException {
        RocksStore.loadLibrary();
        double ofCache = RocksMemory.partOfCache(options, of.getEnv());
        var shared = RocksDBOperationUtils.allocateSharedCachesIfConfigured(
                options.getMemoryConfiguration(),
                of.getEnv(),
                of.getManagedMemoryFraction(),
                LOG,
                new RocksMemory(1 - ofCache));
        return new RocksResources.Parts(
                new RocksDBResourceContainer(
                        configured(options),
                        options.getPredefinedOptions(),
                        TunedOptions.where(
                                options,
                                configured(options),
                                names(RocksDBOptions.PREDEFINED_OPTIONS, of.getEnv())
                                        || names(RocksDBOptions.USE_PARTITIONED_INDEX_FILTERS, of.getEnv()),
                                shared != null),
                        shared,
                        directory.toFile(),
                        hasStatistics),
                shared == null ? null : RocksMemory.cache(of.getEnv(), shared.getSize(), ofCache));
    }

    /** Whether somebody configured an option: Flink's own default too, which the backend's object does not tell from none. */
    private static boolean names(ConfigOption<?> option, Environment environment) {
        return environment.getJobConfiguration().contains(option)
                || environment.getTaskManagerInfo().getConfiguration().contains(option);
    }

    private static RocksResources.Restoring restoring(EmbeddedRocksDBStateBackend options) {
        double overlapMin = Internals.read(EmbeddedRocksDBStateBackend.class, "overlapFractionThreshold", options);
        TernaryBoolean wholeFiles =
                Internals.read(EmbeddedRocksDBStateBackend.class, "rescalingUseDeleteFilesInRange", options);
        TernaryBoolean several = Internals.read(EmbeddedRocksDBStateBackend.class, "useIngestDbRestoreMode", options);
        TernaryBoolean compact = Internals.read(
                EmbeddedRocksDBStateBackend.class, "incrementalRestoreAsyncCompactAfterRescale", options);
        return new RocksResources.Restoring(
                options.getNumberOfTransferThreads(),
                // negative where nothing was said, as the default does not matter
                overlapMin,
                // Flink's default is to copy entry by entry
                several.getOrDefault(true),
                wholeFiles.getOrDefault(
                        RocksDBConfigurableOptions.USE_DELETE_FILES_IN_RANGE_DURING_RESCALING.defaultValue()),
                compact.getOrDefault(
                        RocksDBConfigurableOptions.INCREMENTAL_RESTORE_ASYNC_COMPACT_AFTER_RESCALE.defaultValue()),
                options.getWriteBatchSize());
    }

    private static RocksDBManualCompactionConfig compactions(EmbeddedRocksDBStateBackend options) {
        RocksDBManualCompactionConfig configured =
                Internals.readNullable(EmbeddedRocksDBStateBackend.class, "manualCompactionConfig", options);
        return configured == null ? RocksDBManualCompactionConfig.getDefault() : configured;
    }

    private static RocksDBNativeMetricOptions metrics(EmbeddedRocksDBStateBackend options) {
        RocksDBNativeMetricOptions configured =
                Internals.read(EmbeddedRocksDBStateBackend.class, "nativeMetricOptions", options);
        RocksDBOptionsFactory ofUser = options.getRocksDBOptions();
        return ofUser == null ? configured : ofUser.createNativeMetricsOptions(configured);
    }

    /** As many as are configured, or as the default says and more while there is room. */
    private static OrderedKeys.@Nullable Head timersInMemory(
            EmbeddedRocksDBStateBackend options, Environment environment) {
        if (options.getPriorityQueueStateType() == PriorityQueueStateType.HEAP) {
            return null;
        }
        RocksDBPriorityQueueConfig timers =
                Internals.read(EmbeddedRocksDBStateBackend.class, "priorityQueueConfig", options);
        int ofKeyGroup = timers.getRocksDBPriorityQueueSetCacheSize();
        if (ofKeyGroup < 1) {
            throw new IllegalArgumentException(
                    RocksDBOptions.ROCKSDB_TIMER_SERVICE_FACTORY_CACHE_SIZE.key() + "=" + ofKeyGroup + " < 1");
        }
        return new OrderedKeys.Head(
                ofKeyGroup, !names(RocksDBOptions.ROCKSDB_TIMER_SERVICE_FACTORY_CACHE_SIZE, environment));
    }

    /**
     * Finds out what is wrong with options before a job starts.
     *
     * @throws JobException when the user's factory fails, or no directory can be used
     */
    static void check(EmbeddedRocksDBStateBackend options) throws JobException {
        RocksStore.loadLibrary();
        try (RocksDBResourceContainer container = new RocksDBResourceContainer(
                configured(options), options.getPredefinedOptions(), options.getRocksDBOptions(), null, null, false)) {
            container.getDbOptions();
            container.getColumnOptions();
            container.getWriteOptions();
            container.getReadOptions();
            checkDirectories(options);
        } catch (Exception | LinkageError e) {
            String factory = options.getRocksDBOptions() == null
                    ? ""
                    : " by " + options.getRocksDBOptions().getClass().getName();
            throw new JobException("RocksDB cannot be opened with the options given" + factory + ": " + e, e);
        }
    }

    /** Whether one of the configured directories can be used, if there are any. */
    static void checkDirectories(EmbeddedRocksDBStateBackend options) throws IOException {
        String[] directories = options.getDbStoragePaths();
        if (directories != null) {
            usable(directories, 0);
        }
    }

    /** The options of the configuration that the backend was made with, none where it was not. */
    private static ReadableConfig configured(EmbeddedRocksDBStateBackend options) {
        ReadableConfig configured =
                Internals.readNullable(EmbeddedRocksDBStateBackend.class, "configurableOptions", options);
        return configured == null ? new Configuration() : configured;
    }

    private static Path directory(EmbeddedRocksDBStateBackend options, KeyedStateBackendParameters<?> of)
            throws IOException {
        Environment environment = of.getEnv();
        String name = "job_" + environment.getJobID() + "_op_"
                + of.getOperatorIdentifier().replaceAll("[^a-zA-Z0-9\\-]", "_") + "_uuid_" + UUID.randomUUID();
        return base(options, environment).toPath().resolve(name);
    }

    private static File base(EmbeddedRocksDBStateBackend options, Environment environment) throws IOException {
        String[] configured = options.getDbStoragePaths();
        if (configured == null) {
            return environment.getTaskManagerInfo().getTmpWorkingDirectory();
        }
        return usable(configured, environment.getTaskInfo().getIndexOfThisSubtask());
    }

    /** Subtasks take turns among the configured directories that can be used. */
    private static File usable(String[] configured, int first) throws IOException {
        for (int i = 0; i < configured.length; i++) {
            File directory = new File(configured[(first + i) % configured.length]);
            if ((directory.isDirectory() || directory.mkdirs()) && directory.canWrite()) {
                return directory;
            }
        }
        throw new IOException("no directory for RocksDB can be used: state.backend.rocksdb.localdir="
                + String.join(",", configured) + " does not exist and cannot be made, or cannot be written to");
    }
}

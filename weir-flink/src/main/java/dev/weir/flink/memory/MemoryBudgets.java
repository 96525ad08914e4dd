package dev.weir.flink.memory;

import dev.weir.engine.memory.BudgetException;
import dev.weir.engine.memory.HostMemory;
import dev.weir.engine.memory.JobManagerBudget;
import dev.weir.engine.memory.JobManagerSettings;
import dev.weir.engine.memory.JvmShares;
import dev.weir.engine.memory.ProcessSettings;
import dev.weir.engine.memory.Setting;
import dev.weir.engine.memory.Share;
import dev.weir.engine.memory.TaskManagerBudget;
import dev.weir.engine.memory.TaskManagerSettings;
import dev.weir.engine.memory.WeirProfile;
import dev.weir.flink.state.CacheOptions;
import dev.weir.flink.state.StoreNames;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;

/** The budgets that a configuration describes, derived as in Flink, deprecated keys included. */
public final class MemoryBudgets {
    private MemoryBudgets() {}

    /**
     * What Flink would give a task manager.
     *
     * @throws IllegalConfigurationException where Flink throws, naming what contradicts and what would resolve it
     */
    public static TaskManagerBudget taskManager(Configuration configuration) {
        TaskManagerSettings settings = taskManagerSettings(configuration);
        try {
            TaskManagerBudget budget = TaskManagerBudget.of(settings);
            checkCores(configuration);
            return budget;
        } catch (BudgetException e) {
            throw new IllegalConfigurationException(e.getMessage(), e);
        }
    }

    /**
     * What Flink would give a job manager.
     *
     * @throws IllegalConfigurationException where Flink throws, naming what contradicts and what would resolve it
     */
    public static JobManagerBudget jobManager(Configuration configuration) {
        JobManagerSettings settings = new JobManagerSettings(
                new ProcessSettings(
                        "job manager",
                        size(configuration, JobManagerOptions.TOTAL_PROCESS_MEMORY),
                        size(configuration, JobManagerOptions.TOTAL_FLINK_MEMORY),
                        size(configuration, JobManagerOptions.JVM_METASPACE),
                        share(
                                configuration,
                                JobManagerOptions.JVM_OVERHEAD_FRACTION,
                                JobManagerOptions.JVM_OVERHEAD_MIN,
                                JobManagerOptions.JVM_OVERHEAD_MAX)),
                size(configuration, JobManagerOptions.JVM_HEAP_MEMORY),
                size(configuration, JobManagerOptions.OFF_HEAP_MEMORY));
        try {
            return JobManagerBudget.of(settings);
        } catch (BudgetException e) {
            throw new IllegalConfigurationException(e.getMessage(), e);
        }
    }

    private static TaskManagerSettings taskManagerSettings(Configuration configuration) {
        Setting managed = size(configuration, TaskManagerOptions.MANAGED_MEMORY_SIZE);
        ConfigOption<Float> managedFraction = TaskManagerOptions.MANAGED_MEMORY_FRACTION;
        double usual = managedFraction.defaultValue();
        return new TaskManagerSettings(
                new ProcessSettings(
                        "task manager",
                        size(configuration, TaskManagerOptions.TOTAL_PROCESS_MEMORY),
                        size(configuration, TaskManagerOptions.TOTAL_FLINK_MEMORY),
                        size(configuration, TaskManagerOptions.JVM_METASPACE),
                        share(
                                configuration,
                                TaskManagerOptions.JVM_OVERHEAD_FRACTION,
                                TaskManagerOptions.JVM_OVERHEAD_MIN,
                                TaskManagerOptions.JVM_OVERHEAD_MAX)),
                size(configuration, TaskManagerOptions.FRAMEWORK_HEAP_MEMORY),
                size(configuration, TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY),
                size(configuration, TaskManagerOptions.TASK_HEAP_MEMORY),
                size(configuration, TaskManagerOptions.TASK_OFF_HEAP_MEMORY),
                managed,
                // Flink does not look at the fraction where there is a size
                managed.isGiven()
                        ? Share.unbounded(managedFraction.key(), usual, Setting.Presence.DEFAULT, usual)
                        : Share.unbounded(
                                key(configuration, managedFraction),
                                fraction(configuration, managedFraction),
                                presence(configuration, managedFraction),
                                usual),
                share(
                        configuration,
                        TaskManagerOptions.NETWORK_MEMORY_FRACTION,
                        TaskManagerOptions.NETWORK_MEMORY_MIN,
                        TaskManagerOptions.NETWORK_MEMORY_MAX));
    }

    /**
     * What the configuration makes of one process on this host: as in Flink, or Weir's own profile where it does not say
     * how large the process is.
     *
     * @throws IllegalConfigurationException naming what contradicts and what would resolve it
     */
    public static JvmShares process(Configuration configuration, HostMemory host) {
        TaskManagerSettings settings = taskManagerSettings(configuration);
        boolean profile = WeirProfile.applies(settings);
        try {
            TaskManagerBudget taskManager =
                    TaskManagerBudget.of(profile ? WeirProfile.of(settings, WeirProfile.processBytes(host)) : settings);
            checkCores(configuration);
            return new JvmShares(taskManager, hasJobManager(configuration) ? jobManager(configuration) : null, (long)
                    (partOfEntries(configuration) * taskManager.managed().bytes()));
        } catch (BudgetException e) {
            throw new IllegalConfigurationException(e.getMessage(), e);
        }
    }

    /** What of managed memory is for entries of RocksDB's state, which lie on the heap. */
    private static double partOfEntries(Configuration configuration) {
        boolean managed = StoreNames.isWithRocksDb(configuration
                        .getOptional(StateBackendOptions.STATE_BACKEND)
                        .orElse(""))
                && configuration.get(RocksDBOptions.USE_MANAGED_MEMORY)
                && !configuration.contains(RocksDBOptions.FIX_PER_SLOT_MEMORY_SIZE)
                && !configuration.contains(RocksDBOptions.FIX_PER_TM_MEMORY_SIZE);
        try {
            return managed ? CacheOptions.fraction(configuration, configuration) : 0;
        } catch (IllegalArgumentException e) {
            throw new IllegalConfigurationException(e.getMessage(), e);
        }
    }

    /** Whether the sizes are those of Weir's own profile, as far as no key says otherwise. */
    public static boolean isProfile(Configuration configuration) {
        return WeirProfile.applies(taskManagerSettings(configuration));
    }

    private static boolean hasJobManager(Configuration configuration) {
        return configuration.contains(JobManagerOptions.TOTAL_PROCESS_MEMORY)
                || configuration.contains(JobManagerOptions.TOTAL_FLINK_MEMORY)
                || configuration.contains(JobManagerOptions.JVM_HEAP_MEMORY);
    }

    private static void checkCores(Configuration configuration) {
        ConfigOption<Double> option = TaskManagerOptions.CPU_CORES;
        double cores = configuration.contains(option)
                ? configuration.get(option)
                : configuration.get(TaskManagerOptions.NUM_TASK_SLOTS);
        if (cores <= 0) {
            String key = configuration.contains(option) ? option.key() : TaskManagerOptions.NUM_TASK_SLOTS.key();
            throw new IllegalConfigurationException(key + "=" + cores + " <= 0; set " + key + "=1");
        }
    }

    private static Share share(
            Configuration configuration,
            ConfigOption<Float> fraction,
            ConfigOption<MemorySize> min,
            ConfigOption<MemorySize> max) {
        return new Share(
                key(configuration, fraction),
                fraction(configuration, fraction),
                presence(configuration, fraction),
                fraction.defaultValue(),
                size(configuration, min),
                size(configuration, max));
    }

    private static Setting size(Configuration configuration, ConfigOption<MemorySize> option) {
        String key = key(configuration, option);
        try {
            MemorySize size = configuration.get(option);
            if (size == null) {
                return Setting.unset(key);
            }
            return configuration.contains(option)
                    ? Setting.given(key, size.getBytes())
                    : Setting.byDefault(key, size.getBytes());
        } catch (IllegalArgumentException e) {
            throw new IllegalConfigurationException(
                    key + "=" + configuration.toMap().get(key) + " is not a size; write it as 512m", e);
        }
    }

    private static Setting.Presence presence(Configuration configuration, ConfigOption<?> option) {
        return configuration.contains(option) ? Setting.Presence.GIVEN : Setting.Presence.DEFAULT;
    }

    private static double fraction(Configuration configuration, ConfigOption<Float> option) {
        try {
            return configuration.get(option);
        } catch (IllegalArgumentException e) {
            String key = key(configuration, option);
            throw new IllegalConfigurationException(
                    key + "=" + configuration.toMap().get(key) + " is not a fraction; set " + key + "="
                            + option.defaultValue(),
                    e);
        }
    }

    /** The key that an option is set by, which may be one of its old names. */
    private static String key(Configuration configuration, ConfigOption<?> option) {
        if (!configuration.containsKey(option.key())) {
            for (FallbackKey other : option.fallbackKeys()) {
                if (configuration.containsKey(other.getKey())) {
                    return other.getKey();
                }
            }
        }
        return option.key();
    }
}

package dev.weir.flink.metric;

import dev.weir.flink.memory.ManagedMemory;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.plugin.PluginManager;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.metrics.EventReporterSetup;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.runtime.metrics.MetricRegistryConfiguration;
import org.apache.flink.runtime.metrics.MetricRegistryImpl;
import org.apache.flink.runtime.metrics.ReporterSetup;
import org.apache.flink.runtime.metrics.ReporterSetupBuilder;
import org.apache.flink.runtime.metrics.TraceReporterSetup;
import org.apache.flink.runtime.metrics.filter.DefaultReporterFilters;
import org.apache.flink.runtime.metrics.groups.JobManagerMetricGroup;
import org.apache.flink.runtime.metrics.groups.ProcessMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.util.MetricUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics of a session, which is a job manager and a task manager in one: its groups, the reporters that the
 * configuration names, and the catalog of what is registered. Thread-safe. Closed when no job is left.
 */
public final class SessionMetrics implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMetrics.class);

    /** As no message of a query service limits it. */
    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final Configuration configuration;
    private final MetricRegistryImpl registry;
    private final MetricCatalog catalog;
    private final JobManagerMetricGroup jobManager;
    private final TaskManagerMetricGroup taskManager;
    private final String host;
    private volatile LongSupplier managedInUse = () -> 0;
    private @Nullable ProcessMetricGroup process;

    private SessionMetrics(Configuration configuration, MetricRegistryImpl registry, boolean reported) {
        this.configuration = configuration;
        this.registry = registry;
        this.catalog = new MetricCatalog(this::watchProcess);
        this.host = host(configuration);
        CataloguedRegistry catalogued = new CataloguedRegistry(registry, catalog);
        this.jobManager = JobManagerMetricGroup.createJobManagerMetricGroup(catalogued, host);
        this.taskManager = TaskManagerMetricGroup.createTaskManagerMetricGroup(
                catalogued,
                host,
                new ResourceID(configuration.get(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID, "weir")));
        if (reported) {
            watchProcess();
        }
    }

    /** Reads {@code metrics.*} and starts the reporters it names. One that cannot be started is logged, as in Flink. */
    public static SessionMetrics of(Configuration configuration) {
        Setups setups = Setups.of(configuration);
        boolean reported = !setups.metrics().isEmpty();
        Thread thread = Thread.currentThread();
        ClassLoader callers = thread.getContextClassLoader();
        // the registry's threads outlive jobs, and would hold on to the class loader of whoever started them
        thread.setContextClassLoader(SessionMetrics.class.getClassLoader());
        try {
            MetricRegistryImpl registry = new MetricRegistryImpl(
                    MetricRegistryConfiguration.fromConfiguration(configuration, NO_LIMIT),
                    setups.metrics(),
                    setups.traces(),
                    setups.events());
            SessionMetrics metrics = new SessionMetrics(configuration, registry, reported);
            if (!reported) {
                // the thread that updates rates begins with the first of them
                MeterView first = new MeterView(new SimpleCounter());
                registry.register(first, "first", metrics.jobManager);
                registry.unregister(first, "first", metrics.jobManager);
            }
            return metrics;
        } finally {
            thread.setContextClassLoader(callers);
        }
    }

    /** The groups of a job that begins. */
    public JobMetrics job(JobID id, String name, JobType type) {
        return new JobMetrics(configuration, jobManager, taskManager, id, name, type, catalog);
    }

    public MetricCatalog catalog() {
        return catalog;
    }

    /** Sets what managed memory is in use. */
    public void managedMemory(LongSupplier inUse) {
        managedInUse = inUse;
    }

    /** Registers how many jobs run. */
    public void runningJobs(IntSupplier count) {
        jobManager.gauge(MetricNames.NUM_RUNNING_JOBS, (Gauge<Long>) () -> (long) count.getAsInt());
    }

    /**
     * The JVM's figures. Only when somebody looks at metrics: the beans behind them cost more time than the rest of a start
     * of a small job.
     */
    private synchronized void watchProcess() {
        if (process == null && !registry.isShutdown()) {
            process = MetricUtils.instantiateProcessMetricGroup(
                    new CataloguedRegistry(registry, catalog),
                    host,
                    ConfigurationUtils.getSystemResourceMetricsProbingInterval(configuration));
            MetricGroup status = taskManager.addGroup("Status");
            MetricUtils.instantiateStatusMetrics(status);
            MetricGroup managed = status.addGroup("Flink").addGroup("Memory").addGroup("Managed");
            managed.gauge(MetricNames.MEMORY_USED, (Gauge<Long>) () -> managedInUse.getAsLong());
            managed.gauge("Total", (Gauge<Long>) () -> ManagedMemory.bytes(configuration));
        }
    }

    private static String host(Configuration configuration) {
        return configuration
                .getOptional(TaskManagerOptions.HOST)
                .or(() -> configuration.getOptional(JobManagerOptions.ADDRESS))
                .orElse("localhost");
    }

    /** Ends the reporters after a last report, waiting at most a second for each. */
    @Override
    public void close() {
        synchronized (this) {
            if (process != null) {
                process.close();
            }
        }
        taskManager.close();
        jobManager.close();
        registry.closeAsync()
                .exceptionally(failure -> {
                    LOG.warn("metric reporters did not close", failure);
                    return null;
                })
                .join();
    }

    /** What the configuration asks for. The classes come from the class path and from Flink's folder of plugins. */
    private record Setups(
            List<ReporterSetup> metrics, List<TraceReporterSetup> traces, List<EventReporterSetup> events) {

        static Setups of(Configuration configuration) {
            PluginManager plugins = names(configuration, "metrics.reporter.", "traces.reporter.", "events.reporter.")
                    ? PluginUtils.createPluginManagerFromRootFolder(configuration)
                    : null;
            return new Setups(
                    ReporterSetupBuilder.METRIC_SETUP_BUILDER.fromConfiguration(
                            configuration, DefaultReporterFilters::metricsFromConfiguration, plugins),
                    ReporterSetupBuilder.TRACE_SETUP_BUILDER.fromConfiguration(
                            configuration, DefaultReporterFilters::tracesFromConfiguration, plugins),
                    ReporterSetupBuilder.EVENT_SETUP_BUILDER.fromConfiguration(
                            configuration, DefaultReporterFilters::eventsFromConfiguration, plugins));
        }

        private static boolean names(Configuration configuration, String... prefixes) {
            return configuration.keySet().stream()
                    .anyMatch(key -> Stream.of(prefixes).anyMatch(key::startsWith));
        }
    }
}

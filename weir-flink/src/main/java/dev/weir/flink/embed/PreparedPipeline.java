package dev.weir.flink.embed;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.core.execution.JobStatusChangedListener;
import org.apache.flink.core.execution.JobStatusChangedListenerUtils;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.runtime.execution.DefaultJobCreatedEvent;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline made ready for submission as Flink's client does it: job id, jars and class path taken from the configuration,
 * and the class loader that its functions are to be read with.
 *
 * @param owned the loader that has to be closed when the job has ended, null where the caller's is used
 */
record PreparedPipeline(StreamGraph graph, ClassLoader userLoader, @Nullable URLClassLoader owned) {
    private static final Logger LOG = LoggerFactory.getLogger(PreparedPipeline.class);

    static PreparedPipeline of(Pipeline pipeline, Configuration configuration, ClassLoader givenLoader)
            throws IOException {
        if (!(pipeline instanceof StreamGraph graph)) {
            throw new IllegalArgumentException("pipeline=" + pipeline.getClass().getName()
                    + " is not a StreamGraph: only DataStream and Table programs can be run");
        }
        if (graph.getOptionalJobId().isEmpty()) {
            graph.setJobId(configuration
                    .getOptional(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID)
                    .map(JobID::fromHexString)
                    .orElseGet(JobID::generate));
        }
        List<URL> jars = urls(configuration, PipelineOptions.JARS);
        List<URL> classpaths = urls(configuration, PipelineOptions.CLASSPATHS);
        graph.addJars(jars);
        graph.setClasspath(classpaths);
        SavepointRestoreSettings configured = SavepointRestoreSettings.fromConfiguration(configuration);
        if (configured.restoreSavepoint()) {
            // else what the program has set itself stays, which Flink's local executor loses
            graph.setSavepointRestoreSettings(configured);
        }

        List<URL> missing = missing(jars, classpaths, givenLoader);
        if (missing.isEmpty()) {
            return new PreparedPipeline(graph, givenLoader, null);
        }
        // SQL's ADD JAR and pipeline.jars name jars that the program's own loader does not have
        URLClassLoader loader =
                FlinkUserCodeClassLoaders.create(missing.toArray(new URL[0]), givenLoader, configuration);
        return new PreparedPipeline(graph, loader, loader);
    }

    /** Tells the configured listeners that the job exists; what they throw is logged, as in Flink. */
    void announce(Configuration configuration) {
        List<String> factories = configuration.get(DeploymentOptions.JOB_STATUS_CHANGED_LISTENERS);
        if (factories == null || factories.isEmpty()) {
            return;
        }
        Executor io = command -> {
            Thread thread = new Thread(command, "weir-job-listener-io");
            thread.setDaemon(true);
            thread.start();
        };
        for (JobStatusChangedListener listener :
                JobStatusChangedListenerUtils.createJobStatusChangedListeners(userLoader, configuration, io)) {
            try {
                listener.onEvent(new DefaultJobCreatedEvent(
                        graph.getJobID(),
                        graph.getName(),
                        graph.getLineageGraph(),
                        graph.getJobConfiguration().get(ExecutionOptions.RUNTIME_MODE)));
            } catch (RuntimeException | LinkageError e) {
                LOG.error(
                        "job status listener {} failed on the creation of job '{}'",
                        listener.getClass().getName(),
                        graph.getName(),
                        e);
            }
        }
    }

    /** Closes what {@link #of} opened. */
    void close() {
        if (owned != null) {
            try {
                owned.close();
            } catch (IOException e) {
                LOG.warn("class loader of job '{}' could not be closed", graph.getName(), e);
            }
        }
    }

    private static List<URL> urls(Configuration configuration, ConfigOption<List<String>> option)
            throws MalformedURLException {
        return ConfigUtils.decodeListFromConfig(configuration, option, URL::new);
    }

    private static List<URL> missing(List<URL> jars, List<URL> classpaths, @Nullable ClassLoader loader) {
        if (jars.isEmpty() && classpaths.isEmpty()) {
            return List.of();
        }
        // as strings: URL.equals looks host names up
        Set<String> known = new HashSet<>();
        for (ClassLoader each = loader; each != null; each = each.getParent()) {
            if (each instanceof URLClassLoader urlLoader) {
                for (URL url : urlLoader.getURLs()) {
                    known.add(url.toExternalForm());
                }
            }
        }
        List<URL> missing = new ArrayList<>();
        for (List<URL> urls : List.of(jars, classpaths)) {
            for (URL url : urls) {
                if (known.add(url.toExternalForm())) {
                    missing.add(url);
                }
            }
        }
        return missing;
    }
}

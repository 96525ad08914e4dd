package dev.weir.cli;

import dev.weir.cli.control.JobControl;
import dev.weir.engine.memory.TaskManagerBudget;
import dev.weir.flink.session.WeirSession;
import dev.weir.server.RestServer;
import dev.weir.server.RestSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST server of a process. It is opened on a thread of its own when the program has run for a moment, so that a short
 * one neither waits nor pays for it; where it cannot be, jobs run without it.
 */
final class Rest implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rest.class);
    private static final long DELAY_MILLIS = 1_000;

    private final CountDownLatch closing = new CountDownLatch(1);
    private final @Nullable Thread thread;

    private Rest(WeirSession session, @Nullable RestSettings settings, JobControl control, PrintStream err) {
        if (settings == null) {
            thread = null;
            return;
        }
        if (settings.warning() != null) {
            err.println("weir: " + settings.warning());
        }
        thread = new Thread(() -> serve(session, settings, control, err), "weir-rest-server");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * What the server is to be.
     *
     * @param derived what the process has of Flink's memory, shown as its configuration
     * @param savepoints where savepoints go that nobody says a directory for
     */
    static Optional<RestSettings> settings(Configuration given, TaskManagerBudget derived, Path savepoints)
            throws UsageException {
        Configuration shown = new Configuration(given);
        set(
                shown,
                TaskManagerOptions.FRAMEWORK_HEAP_MEMORY,
                derived.frameworkHeap().bytes());
        set(shown, TaskManagerOptions.TASK_HEAP_MEMORY, derived.taskHeap().bytes());
        set(
                shown,
                TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY,
                derived.frameworkOffHeap().bytes());
        set(
                shown,
                TaskManagerOptions.TASK_OFF_HEAP_MEMORY,
                derived.taskOffHeap().bytes());
        set(shown, TaskManagerOptions.NETWORK_MEMORY_MIN, derived.network().bytes());
        set(shown, TaskManagerOptions.NETWORK_MEMORY_MAX, derived.network().bytes());
        set(
                shown,
                TaskManagerOptions.JVM_METASPACE,
                derived.process().metaspace().bytes());
        set(
                shown,
                TaskManagerOptions.JVM_OVERHEAD_MIN,
                derived.process().overhead().bytes());
        set(
                shown,
                TaskManagerOptions.JVM_OVERHEAD_MAX,
                derived.process().overhead().bytes());
        try {
            return RestSettings.of(shown, savepoints.toUri().toString());
        } catch (IllegalArgumentException | IllegalConfigurationException e) {
            throw new UsageException("configuration: " + e.getMessage(), e);
        }
    }

    private static void set(Configuration shown, ConfigOption<MemorySize> budget, long bytes) {
        shown.set(budget, new MemorySize(bytes));
    }

    static Rest start(WeirSession session, Optional<RestSettings> settings, JobControl control, PrintStream err) {
        return new Rest(session, settings.orElse(null), control, err);
    }

    private void serve(WeirSession session, RestSettings settings, JobControl control, PrintStream err) {
        try {
            if (closing.await(DELAY_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
            try (RestServer server = RestServer.open(session, settings, control::cancelling)) {
                control.servedAt(server.url());
                if (closing.getCount() > 0) {
                    err.println("weir: " + server.url());
                }
                closing.await();
            }
        } catch (IOException e) {
            LOG.warn("the jobs run without a REST server", e);
        } catch (InterruptedException e) {
            LOG.debug("the REST server is given up", e);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        if (thread == null) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}

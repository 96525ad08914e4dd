package dev.weir.server;

import dev.weir.client.WebInterface;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.rest.handler.RestHandlerConfiguration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers HTTP about the jobs of a session while open. Thread-safe. */
public final class RestServer implements WebInterface.Opened {
    private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);
    private static final int CLOSING_SECONDS_MAX = 5;

    private final TemporaryFolder temporary;
    private final SessionGateway gateway;
    private final Endpoint endpoint;

    private RestServer(TemporaryFolder temporary, SessionGateway gateway, Endpoint endpoint) {
        this.temporary = temporary;
        this.gateway = gateway;
        this.endpoint = endpoint;
    }

    /**
     * Listens; takes some tenths of a second the first time in a process.
     *
     * @param cancelled told of a job before it is cancelled by a request
     * @throws IOException where no port is free, or there is no place for temporary files
     */
    public static RestServer open(WeirSession session, RestSettings settings, Consumer<JobID> cancelled)
            throws IOException {
        return open(session, settings, cancelled, null);
    }

    /**
     * The same with a place where jobs go that are submitted.
     *
     * @param intake null: they live in this process
     */
    public static RestServer open(
            WeirSession session, RestSettings settings, Consumer<JobID> cancelled, @Nullable JobIntake intake)
            throws IOException {
        GuardFactory.Guarded configuration = new GuardFactory.Guarded(settings);
        TemporaryFolder folder = TemporaryFolder.in(Path.of(configuration.get(WebOptions.TMP_DIR)));
        Path temporary = folder.path();
        configuration.set(WebOptions.TMP_DIR, temporary.toString());
        // only jars stay where that says
        String uploaded = configuration.getOptional(WebOptions.UPLOAD_DIR).orElse(null);
        configuration.set(WebOptions.UPLOAD_DIR, temporary.resolve("upload").toString());
        LogFiles logs = LogFiles.find(configuration, temporary);
        ProcessView process = new ProcessView(session, configuration, logs);
        SessionGateway gateway = new SessionGateway(session, settings, process, cancelled);
        Optional<Submission> submission = settings.uploadBytesMax() == 0
                ? Optional.empty()
                : Optional.of(new Submission(
                        intake == null ? JobIntake.passing(session, temporary.resolve("jobs")) : intake,
                        session.configuration(),
                        Files.createDirectories(
                                uploaded == null ? temporary.resolve("jars") : Path.of(uploaded, "flink-web-upload"))));
        int priority = configuration.get(RestOptions.SERVER_THREAD_PRIORITY);
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(
                configuration.get(RestOptions.SERVER_NUM_THREADS), task -> thread(task, priority));
        try {
            Endpoint endpoint = new Endpoint(
                    gateway,
                    process.asResourceManager(),
                    configuration,
                    RestHandlerConfiguration.fromConfiguration(configuration),
                    logs,
                    threads,
                    session,
                    submission);
            endpoint.start();
            return new RestServer(folder, gateway, endpoint);
        } catch (Exception e) {
            threads.shutdownNow();
            folder.close();
            throw new IOException("no REST server: " + e.getMessage(), e);
        }
    }

    /** Where a browser finds it. */
    @Override
    public String url() {
        return endpoint.getRestBaseUrl() + "/";
    }

    @SuppressWarnings("ThreadPriorityCheck") // is what rest.server.thread-priority asks for
    private static Thread thread(Runnable task, int priority) {
        Thread created = new Thread(task, "weir-rest");
        created.setDaemon(true);
        created.setPriority(priority);
        return created;
    }

    /**
     * Waits for requests under way, and for clients to come for results, as of the savepoint that a job was stopped with:
     * some seconds at most.
     */
    @Override
    public void close() {
        await(gateway.closeAsync());
        await(endpoint.closeAsync());
        temporary.close();
    }

    private static void await(CompletableFuture<?> closed) {
        try {
            closed.get(CLOSING_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the REST server does not close in order", e);
        }
    }
}

package dev.weir.cli.control;

import dev.weir.cli.control.Views.Job;
import dev.weir.cli.control.Views.Jobs;
import dev.weir.cli.control.Views.LatestCheckpoint;
import dev.weir.cli.control.Views.Order;
import dev.weir.cli.control.Views.Outcome;
import dev.weir.cli.control.Views.Run;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.flink.program.Program;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;

/** What other processes may ask of this one's jobs. Thread-safe; no method blocks. */
public final class JobControl {
    private final Supplier<List<WeirJob>> jobs;
    private final Function<JobID, String> keys;
    private final Configuration configuration;
    private final Path savepoints;
    private final @Nullable Run run;
    private final @Nullable Programs programs;
    private volatile @Nullable String url;
    private final Set<JobID> cancelled = ConcurrentHashMap.newKeySet();

    /** Runs programs for others. */
    public interface Programs {
        /** Gives the jobs that the program has executed when its {@code main} has returned; blocks until then. */
        List<WeirJob> run(Run program) throws Exception;
    }

    /**
     * Of a process that runs one program.
     *
     * @param jobs those that were submitted so far
     * @param keys what each is known by over processes
     * @param configuration of the process, behind a job's own
     * @param run how the process was started
     * @param savepoints where savepoints go that have no directory, neither asked for nor configured
     */
    public JobControl(
            Supplier<List<WeirJob>> jobs,
            Function<JobID, String> keys,
            Configuration configuration,
            Run run,
            Path savepoints) {
        this(jobs, keys, configuration, run, null, savepoints);
    }

    /** Of a process that serves jobs, which are known by their ids. Parameters as above. */
    public static JobControl serving(
            Supplier<List<WeirJob>> jobs, Configuration configuration, Programs programs, Path savepoints) {
        return new JobControl(jobs, JobID::toHexString, configuration, null, programs, savepoints);
    }

    private JobControl(
            Supplier<List<WeirJob>> jobs,
            Function<JobID, String> keys,
            Configuration configuration,
            @Nullable Run run,
            @Nullable Programs programs,
            Path savepoints) {
        this.jobs = jobs;
        this.keys = keys;
        this.configuration = configuration;
        this.run = run;
        this.programs = programs;
        this.savepoints = savepoints;
    }

    /** The process answers HTTP there. */
    public void servedAt(String address) {
        url = address;
    }

    /** Whether somebody has asked for a job's cancellation. */
    public boolean hasCancelled(JobID job) {
        return cancelled.contains(job);
    }

    /** Somebody asks for a job's cancellation, by another way than these commands. */
    public void cancelling(JobID job) {
        cancelled.add(job);
    }

    CompletableFuture<?> get(String[] path) throws RequestException {
        if (path.length == 1 && path[0].equals("jobs")) {
            return CompletableFuture.completedFuture(
                    new Jobs(jobs.get().stream().map(this::view).toList()));
        }
        if (path.length == 1 && path[0].equals("run")) {
            return CompletableFuture.completedFuture(new Views.Started(run));
        }
        if (path.length == 1 && path[0].equals("logs")) {
            return CompletableFuture.completedFuture(InfoViews.logs());
        }
        if (path.length == 1 && path[0].equals("memory")) {
            return CompletableFuture.completedFuture(LoadViews.memory());
        }
        if (path.length == 3 && path[0].equals("jobs") && path[2].equals("info")) {
            WeirJob job = job(path[1]);
            return CompletableFuture.completedFuture(InfoViews.of(view(job), job, url));
        }
        if (path.length == 3 && path[0].equals("jobs") && path[2].equals("load")) {
            return CompletableFuture.completedFuture(LoadViews.of(job(path[1])));
        }
        if (path.length == 3 && path[0].equals("jobs") && path[2].equals("why")) {
            return job(path[1]).diagnose();
        }
        if (path.length == 3 && path[0].equals("jobs") && path[2].equals("states")) {
            return CompletableFuture.completedFuture(
                    new Views.States(job(path[1]).stateEstimates()));
        }
        if (path.length >= 3 && path.length <= 4 && path[0].equals("jobs") && path[2].equals("checkpoints")) {
            WeirJob job = job(path[1]);
            CheckpointStatistics known = job.checkpoints()
                    .orElseThrow(() -> new RequestException(
                            409, "job '" + job.name() + "' takes no checkpoints, or has not begun yet"));
            return CompletableFuture.completedFuture(
                    path.length == 3 ? CheckpointViews.of(known) : CheckpointViews.rows(checkpoint(known, path[3])));
        }
        throw unknown(path);
    }

    private static CheckpointStatistics.Checkpoint checkpoint(CheckpointStatistics known, String id)
            throws RequestException {
        return known.history().stream()
                .filter(each -> Long.toString(each.id()).equals(id))
                .findFirst()
                .orElseThrow(() -> new RequestException(
                        404,
                        "checkpoint " + id + " is not in the history, which has "
                                + known.history().stream()
                                        .map(each -> Long.toString(each.id()))
                                        .collect(Collectors.joining(", "))));
    }

    CompletableFuture<?> post(String[] path, byte[] body) throws RequestException {
        if (path.length == 1 && path[0].equals("programs") && programs != null) {
            return submit(programs, read(body, Run.class));
        }
        if (path.length != 3 || !path[0].equals("jobs")) {
            throw unknown(path);
        }
        WeirJob job = job(path[1]);
        Order order = read(body, Order.class);
        return switch (path[2]) {
            case "cancel" -> cancel(job, order).thenApply(Outcome::new);
            case "savepoint" ->
                job.savepoint(directory(job, order), format(order)).thenApply(Outcome::new);
            case "stop" ->
                job.stopWithSavepoint(order.drain(), directory(job, order), format(order))
                        .thenApply(Outcome::new);
            case "checkpoint" -> job.checkpoint(order.full()).thenApply(Outcome::new);
            default -> throw unknown(path);
        };
    }

    private static <T> T read(byte[] body, Class<T> type) throws RequestException {
        try {
            return Json.read(body, type);
        } catch (IOException e) {
            throw new RequestException(
                    400, "the body is no " + type.getSimpleName().toLowerCase(Locale.ROOT) + ": " + e.getMessage());
        }
    }

    private static CompletableFuture<Views.Submitted> submit(Programs programs, Run program) {
        CompletableFuture<Views.Submitted> submitted = new CompletableFuture<>();
        Program.onThread(() -> {
            try {
                submitted.complete(new Views.Submitted(programs.run(program).stream()
                        .map(job -> job.jobId().toHexString())
                        .toList()));
            } catch (Throwable t) {
                submitted.completeExceptionally(t);
            }
        });
        return submitted;
    }

    private static RequestException unknown(String[] path) {
        return new RequestException(404, "nothing is at /" + String.join("/", path));
    }

    private WeirJob job(String id) throws RequestException {
        return jobs.get().stream()
                .filter(job -> job.jobId().toString().equals(id))
                .findFirst()
                .orElseThrow(() -> new RequestException(404, "this process has no job " + id));
    }

    /** Gives the savepoint's path where a directory for one is given. */
    private CompletableFuture<@Nullable String> cancel(WeirJob job, Order order) throws RequestException {
        if (job.status().isGloballyTerminalState()) {
            throw new RequestException(409, "job '" + job.name() + "' has ended already: status=" + job.status());
        }
        cancelled.add(job.jobId());
        if (order.directory() == null) {
            return job.cancel().thenApply(ended -> null);
        }
        return job.cancelWithSavepoint(order.directory(), format(order))
                .thenCompose(location -> job.result().thenApply(ended -> location));
    }

    private static SavepointFormatType format(Order order) throws RequestException {
        if (order.format() == null) {
            return SavepointFormatType.DEFAULT;
        }
        try {
            return SavepointFormatType.valueOf(order.format().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new RequestException(400, "format=" + order.format() + " is neither CANONICAL nor NATIVE");
        }
    }

    private @Nullable String directory(WeirJob job, Order order) {
        if (order.directory() != null) {
            return order.directory();
        }
        boolean configured = job.jobGraph().getJobConfiguration().contains(CheckpointingOptions.SAVEPOINT_DIRECTORY)
                || configuration.contains(CheckpointingOptions.SAVEPOINT_DIRECTORY);
        return configured ? null : savepoints.toUri().toString();
    }

    private Job view(WeirJob job) {
        return new Job(
                job.jobId().toString(),
                keys.apply(job.jobId()),
                job.name(),
                job.status().name(),
                job.status().isTerminalState(),
                job.timestamp(job.status()),
                latest(job));
    }

    private static @Nullable LatestCheckpoint latest(WeirJob job) {
        CheckpointStatistics known = job.checkpoints().orElse(null);
        if (known == null) {
            return null;
        }
        CheckpointStatistics.Checkpoint checkpoint = known.latestCompleted();
        CheckpointStatistics.Checkpoint savepoint = known.latestSavepoint();
        CheckpointStatistics.Checkpoint latest =
                checkpoint == null || (savepoint != null && savepoint.endMillis() > checkpoint.endMillis())
                        ? savepoint
                        : checkpoint;
        return latest == null ? null : new LatestCheckpoint(latest.id(), latest.endMillis(), latest.location());
    }
}

package dev.weir.it.interchange;

import dev.weir.it.interchange.job.Leg;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/** One job from its beginning to its end, in several places one after the other. Owned by the test's thread. */
final class Trip implements AutoCloseable {
    private static final long TIMER_DELAY_MILLIS = 10_000;

    private final Path dir;
    private final Desk desk = new Desk();
    private int legs;
    private int parallelism;
    private volatile int left;
    private @Nullable JobClient running;

    /** @param dir for savepoints and checkpoints */
    Trip(Path dir) throws IOException {
        this.dir = dir;
    }

    /** A program, as it is added to an environment. */
    record Program(ClassLoader loader, BiConsumer<StreamExecutionEnvironment, Leg> build) {}

    Desk desk() {
        return desk;
    }

    Path path(String name) {
        return dir.resolve(name);
    }

    String directory(String name) {
        return path(name).toUri().toString();
    }

    /** Blocks until the running leg has a checkpoint that was taken at the limit. */
    void awaitKept() throws InterruptedException {
        desk.awaitKept(name(), parallelism);
    }

    /** From here on the leg may end as cancelled. */
    void leaving() {
        left = legs;
    }

    /**
     * Runs the job until its readers have come to a number, and leaves.
     *
     * @param from what an earlier leg gave; null at the beginning, when some calls are held back
     * @return what to go on from
     */
    String ride(Program program, Place place, int parallelism, @Nullable String from, long until, Departure departure)
            throws Exception {
        desk.open(until);
        JobClient job = start(program, place, parallelism, from);
        desk.awaitReaders(name(), parallelism);
        return departure.leave(job, this);
    }

    /** Runs the job until all of the lines asked for are there, lets it read the rest, and waits for its end. */
    void finish(Program program, Place place, int parallelism, String from, long until, String prefix, long lines)
            throws Exception {
        desk.open(until);
        JobClient job = start(program, place, parallelism, from);
        desk.awaitLines(lines, line -> line.startsWith(prefix));
        desk.open(Long.MAX_VALUE);
        job.getJobExecutionResult().get();
    }

    /** Starts the next leg. */
    JobClient start(Program program, Place place, int parallelism, @Nullable String from) throws Exception {
        legs++;
        Configuration configuration = new Configuration(place.configuration());
        configuration
                .set(StateBackendOptions.STATE_BACKEND, "hashmap")
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory("checkpoints"))
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200))
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        if (from != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, from);
        }
        StreamExecutionEnvironment env =
                new StreamExecutionEnvironment(new DefaultExecutorServiceLoader(), configuration, program.loader());
        this.parallelism = parallelism;
        env.setParallelism(parallelism);
        program.build().accept(env, new Leg(desk.port(), name(), from == null, TIMER_DELAY_MILLIS));
        JobClient job = env.executeAsync("leg " + legs);
        running = job;
        int leg = legs;
        var unused = job.getJobExecutionResult().whenComplete((result, failure) -> {
            if (failure != null && leg > left) {
                desk.fail(failure);
            }
        });
        return job;
    }

    private String name() {
        return "leg-" + legs;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        JobClient job = running;
        if (job != null && !job.getJobExecutionResult().isDone()) {
            try {
                job.cancel().get();
            } catch (ExecutionException e) {
                // it has ended meanwhile
            }
        }
        desk.close();
    }
}

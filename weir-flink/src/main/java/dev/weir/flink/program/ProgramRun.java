package dev.weir.flink.program;

import dev.weir.flink.embed.EnvironmentScope;
import dev.weir.flink.embed.JobSubmission;
import dev.weir.flink.embed.SubmittingExecutor;
import dev.weir.flink.plan.Explanation;
import dev.weir.flink.program.ProgramException.Reason;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;

/**
 * One run of a {@link Program}: its {@code main}, and the jobs that {@code main} and its threads execute. {@link #run}, or
 * {@link #submit}, is called once; the other methods from any thread, at any time.
 */
public final class ProgramRun {
    private final Program program;
    private final JobSubmission submission;
    private final List<WeirJob> jobs = new ArrayList<>();
    private boolean cancelled;

    /** @param submission where the run's jobs go */
    public ProgramRun(Program program, JobSubmission submission) {
        this.program = program;
        this.submission = submission;
    }

    /**
     * Calls {@code main} on the calling thread and, when it has returned, waits for the jobs that still run, as those started
     * with {@code executeAsync}. The calling thread's context class loader is the program's meanwhile. Does not close the
     * program.
     *
     * @throws ProgramException where {@code main} threw, or executed no job; jobs that it left running are cancelled first
     * @throws InterruptedException when interrupted while it waits; jobs go on
     */
    public void run() throws ProgramException, InterruptedException {
        try {
            inScope(() -> {
                callMain();
                awaitJobs();
            });
        } catch (ProgramException e) {
            cancel();
            awaitJobs();
            throw e;
        }
        requireJob();
    }

    /**
     * Calls {@code main} as {@link #run} does, in its place, and returns when it has returned: jobs go on, also where it throws.
     * They must not need the program's class loader.
     */
    public void submit() throws ProgramException, InterruptedException {
        inScope(this::callMain);
        requireJob();
    }

    /** What runs in the program's scope. */
    private interface Body {
        void run() throws ProgramException, InterruptedException;
    }

    private void inScope(Body body) throws ProgramException, InterruptedException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(program.classLoader());
        try (EnvironmentScope scope = EnvironmentScope.open(
                program.configuration(),
                new SubmittingExecutor(program.configuration(), this::submit),
                program.classLoader(),
                program.mainClass())) {
            body.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void requireJob() throws ProgramException {
        if (jobs().isEmpty() && !isCancelled()) {
            throw new ProgramException(
                    Reason.NO_JOB,
                    "the main method of " + program.mainClass().getName()
                            + " returned without executing a job; is a call of execute() missing?");
        }
    }

    /**
     * Calls {@code main} as {@link #run} does, up to the first job that it executes, and explains that one. Nothing is
     * started; {@code main} is left by an error.
     *
     * @throws ProgramException where {@code main} threw or returned before it executed a job
     */
    public static Explanation explain(Program program) throws ProgramException, InterruptedException {
        return first(program, (job, userLoader) -> {
            try {
                return Explanation.of(job, program.configuration(), userLoader);
            } catch (IOException | ClassNotFoundException e) {
                throw new FlinkException("the configuration of job '" + job.getName() + "' cannot be read", e);
            }
        });
    }

    /**
     * The first job of a program, as {@link #explain} finds it.
     *
     * @throws ProgramException where {@code main} threw or returned before it executed a job
     */
    public static JobGraph firstJob(Program program) throws ProgramException, InterruptedException {
        return first(program, (job, userLoader) -> job);
    }

    private static <T> T first(Program program, FirstJob.Look<T> look) throws ProgramException, InterruptedException {
        FirstJob<T> first = new FirstJob<>(look);
        try {
            new ProgramRun(program, first).run();
        } catch (ProgramException e) {
            T seen = first.seen();
            if (seen == null) {
                throw e;
            }
            return seen;
        }
        throw new AssertionError("a run without a job did not fail");
    }

    /** The jobs submitted so far, in order. */
    public List<WeirJob> jobs() {
        synchronized (jobs) {
            return List.copyOf(jobs);
        }
    }

    /** Cancels the jobs that run and refuses further ones. Does not wait, nor does it interrupt {@code main}. */
    public void cancel() {
        end(WeirJob::cancel);
    }

    /** As {@link #cancel}, but another run may go on where the jobs have stopped, from their latest checkpoints. */
    public void suspend() {
        end(WeirJob::suspend);
    }

    private void end(Function<WeirJob, CompletableFuture<Void>> how) {
        List<WeirJob> running;
        synchronized (jobs) {
            cancelled = true;
            running = List.copyOf(jobs);
        }
        for (WeirJob job : running) {
            CompletableFuture<?> unused = how.apply(job);
        }
    }

    private boolean isCancelled() {
        synchronized (jobs) {
            return cancelled;
        }
    }

    private WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        // under the lock, so that a job is either refused or seen by cancel()
        synchronized (jobs) {
            if (cancelled) {
                throw new IllegalStateException(
                        "job '" + graph.getJobName() + "' is not started: the program was cancelled");
            }
            WeirJob job = submission.submit(graph, userLoader);
            jobs.add(job);
            return job;
        }
    }

    private void callMain() throws ProgramException {
        Class<?> mainClass = program.mainClass();
        try {
            mainClass.getMethod("main", String[].class).invoke(null, (Object) program.arguments());
        } catch (InvocationTargetException e) {
            throw mainFailed(e.getCause() == null ? e : e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new ProgramException(
                    Reason.NO_MAIN_METHOD,
                    "the main method of " + mainClass.getName() + " cannot be called: " + e.getMessage(),
                    e);
        }
    }

    private ProgramException mainFailed(Throwable failure) {
        return OtherFlink.explain(failure, program.jar())
                .map(sentence -> new ProgramException(Reason.OTHER_FLINK, sentence, failure))
                .orElseGet(() -> new ProgramException(
                        Reason.MAIN_FAILED,
                        "the main method of " + program.mainClass().getName() + " failed",
                        failure));
    }

    /** Jobs may be submitted by threads of the program while this waits. */
    private void awaitJobs() throws InterruptedException {
        for (int seen = 0; ; ) {
            List<WeirJob> all = jobs();
            if (seen == all.size()) {
                return;
            }
            CompletableFuture<WeirJob.Result> result = all.get(seen).result();
            try {
                result.get();
            } catch (ExecutionException e) {
                // contract of WeirJob: results complete normally
                throw new AssertionError("result of job " + all.get(seen).jobId() + " failed", e.getCause());
            }
            seen++;
        }
    }
}

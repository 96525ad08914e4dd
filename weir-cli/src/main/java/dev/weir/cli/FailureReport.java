package dev.weir.cli;

import dev.weir.flink.program.OtherFlink;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.session.WeirJob;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** Tells the user on stderr what failed: one line for the failure, one for each cause, stack traces only when asked for. */
final class FailureReport {
    private static final int CAUSES_MAX = 8;
    private static final int MESSAGE_CHARS_MAX = 2_000;

    private final PrintStream err;
    private final boolean verbose;
    private final Path jar;

    FailureReport(PrintStream err, boolean verbose, Path jar) {
        this.err = err;
        this.verbose = verbose;
        this.jar = jar;
    }

    /** A program that cannot be run. */
    void program(ProgramException e) {
        line(e.getMessage());
        if (e.reason() == ProgramException.Reason.MAIN_FAILED && e.getCause() != null) {
            causes(chain(e.getCause()));
        }
        if (e.getCause() != null) {
            trace(e);
        }
    }

    /**
     * Reports what came of a run: each job that failed, and what main threw where that is not one of those failures.
     *
     * @return whether there was any failure
     */
    boolean run(List<WeirJob> jobs, @Nullable ProgramException main) {
        List<WeirJob> failed =
                jobs.stream().filter(job -> job.status() == JobStatus.FAILED).toList();
        boolean mainRepeatsJob = false;
        for (WeirJob job : failed) {
            WeirJob.Result result = job.result().getNow(null);
            Throwable failure = result == null ? null : result.failure();
            job(job, failure);
            mainRepeatsJob |= failure != null && main != null && causedBy(main, failure);
        }
        if (main != null && !mainRepeatsJob) {
            program(main);
        }
        return main != null || !failed.isEmpty();
    }

    /** Reports each job that somebody has cancelled; whether there was any. */
    boolean cancelled(List<WeirJob> jobs, Predicate<JobID> asked) {
        List<WeirJob> cancelled = jobs.stream()
                .filter(job -> job.status() == JobStatus.CANCELED && asked.test(job.jobId()))
                .toList();
        cancelled.forEach(job -> line("job '" + job.name() + "' was cancelled by another command"));
        return !cancelled.isEmpty();
    }

    /** Whether main threw what {@code execute()} throws when its job is cancelled. */
    static boolean isCancellation(@Nullable ProgramException main) {
        return main != null && chain(main).stream().anyMatch(JobCancellationException.class::isInstance);
    }

    private void job(WeirJob job, @Nullable Throwable failure) {
        String where = job.subtasks().stream()
                .filter(subtask -> subtask.state() == ExecutionState.FAILED && subtask.failure() != null)
                .findFirst()
                .map(subtask -> " in " + name(job, subtask))
                .orElse("");
        line("job '" + job.name() + "' failed" + where);
        if (failure != null) {
            Optional<String> explained = OtherFlink.explain(failure, jar);
            if (explained.isPresent()) {
                err.println("  " + explained.get());
            } else {
                causes(chain(failure));
            }
            trace(failure);
        }
    }

    private static String name(WeirJob job, WeirJob.SubtaskView subtask) {
        JobVertex vertex =
                job.jobGraph().getVerticesSortedTopologicallyFromSources().get(subtask.vertex());
        return "'" + vertex.getName() + "' (" + (subtask.index() + 1) + "/" + vertex.getParallelism() + ")";
    }

    private void causes(List<Throwable> chain) {
        String label = "";
        for (Throwable each : chain.subList(0, Math.min(chain.size(), CAUSES_MAX))) {
            err.println("  " + label + shortened(each) + place(each));
            label = "caused by ";
        }
        if (chain.size() > CAUSES_MAX) {
            err.println("  and " + (chain.size() - CAUSES_MAX) + " more causes");
        }
    }

    private void trace(Throwable failure) {
        if (verbose) {
            failure.printStackTrace(err);
        } else {
            err.println("  (--verbose prints the stack trace)");
        }
    }

    private void line(@Nullable String message) {
        err.println("weir: " + message);
    }

    /** The failure and its causes, without those that only carry another. */
    private static List<Throwable> chain(Throwable failure) {
        List<Throwable> chain = new ArrayList<>();
        Throwable each = failure;
        while (each != null && chain.size() < 100) {
            if (each.getCause() == null || !isWrapper(each)) {
                chain.add(each);
            }
            each = each.getCause();
        }
        return chain;
    }

    private static boolean isWrapper(Throwable failure) {
        return failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure instanceof InvocationTargetException
                || failure instanceof JobExecutionException
                || (failure.getCause() != null
                        && failure.toString().equals(failure.getCause().toString()));
    }

    private static boolean causedBy(Throwable failure, Throwable cause) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < 100; depth++) {
            if (each == cause) {
                return true;
            }
            each = each.getCause();
        }
        return false;
    }

    private static String shortened(Throwable failure) {
        // one that was kept in bytes, and cannot be made again, has its class in its message too
        String text = String.valueOf(failure instanceof SerializedThrowable ? failure.getMessage() : failure);
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX) + " ...";
    }

    /** Where in the user's code; frames of Flink, Weir and the JDK do not help him. */
    private static String place(Throwable failure) {
        for (StackTraceElement frame : failure.getStackTrace()) {
            String name = frame.getClassName();
            if (!name.startsWith("org.apache.flink.runtime.")
                    && !name.startsWith("org.apache.flink.streaming.")
                    && !name.startsWith("org.apache.flink.api.")
                    && !name.startsWith("org.apache.flink.util.")
                    && !name.startsWith("dev.weir.")
                    && !name.startsWith("java.")
                    && !name.startsWith("jdk.")) {
                return " at " + frame;
            }
        }
        return "";
    }
}

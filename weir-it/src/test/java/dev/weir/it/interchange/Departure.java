package dev.weir.it.interchange;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.util.ExceptionUtils;

/** How a job leaves the place where it runs. Blocks until it has. */
@FunctionalInterface
interface Departure {
    /** Gives what the job is gone on with from. */
    String leave(JobClient job, Trip trip) throws Exception;

    /** Stops with a savepoint of a format. */
    static Departure stop(SavepointFormatType format) {
        return (job, trip) -> {
            String savepoint = stopped(job, trip.directory("savepoints"), format);
            job.getJobExecutionResult().get();
            return savepoint;
        };
    }

    /** Cancels the job when its readers have a checkpoint at their limit, and takes the checkpoint that is kept. */
    static Departure cancel() {
        return (job, trip) -> {
            trip.awaitKept();
            trip.leaving();
            job.cancel().get();
            job.getJobExecutionResult().handle((result, cancelled) -> "").get();
            return retained(trip.path("checkpoints").resolve(job.getJobID().toString()));
        };
    }

    /** Readers have come to their limit, but those behind them may not run yet. */
    private static String stopped(JobClient job, String directory, SavepointFormatType format) throws Exception {
        while (true) {
            try {
                return job.stopWithSavepoint(false, directory, format).get();
            } catch (ExecutionException e) {
                if (!ExceptionUtils.stringifyException(e).contains("Not all required tasks are currently running")) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    /** Flink may still be deleting the one before. */
    private static String retained(Path checkpoints) throws Exception {
        List<Path> complete = complete(checkpoints);
        while (complete.size() > 1) {
            TimeUnit.MILLISECONDS.sleep(100);
            complete = complete(checkpoints);
        }
        if (complete.isEmpty()) {
            throw new IOException("one checkpoint is to be kept, and there is none in " + checkpoints);
        }
        return complete.get(0).toUri().toString();
    }

    private static List<Path> complete(Path checkpoints) throws IOException {
        try (var directories = Files.list(checkpoints)) {
            return directories
                    .filter(directory -> Files.exists(directory.resolve("_metadata")))
                    .toList();
        }
    }
}

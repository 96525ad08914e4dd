package dev.weir.engine.jobstore;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job between its processes.
 *
 * @param jobId 32 hexadecimal digits, fixed by the key
 * @param phase whether the next process resumes it
 * @param firstCheckpointId greater than the number of every checkpoint that was there before the job began anew, or that its
 *     end has left to the user
 * @param nextCheckpointId greater than the number of every checkpoint that was ever begun
 * @param stoppedWith the savepoint that the job was stopped with, whose effects are perhaps published; null if there is none
 * @param checkpoints pointers to its complete checkpoints, the latest first; those of a job that has ended are to be deleted
 * @param dropped pointers to checkpoints that it has no more; a process may have died before all their files were deleted
 */
public record JobRecord(
        String jobId,
        Phase phase,
        long firstCheckpointId,
        long nextCheckpointId,
        @Nullable String stoppedWith,
        List<String> checkpoints,
        List<String> dropped) {

    /** What became of the job, as far as its next process is concerned. */
    public enum Phase {
        /** It runs, or its process died: to be resumed. */
        RUNNING,
        /** It was suspended: to be resumed. */
        SUSPENDED,
        /** It finished, failed or was cancelled: there is nothing to resume. */
        ENDED
    }

    /** Copies its lists. */
    public JobRecord {
        checkpoints = List.copyOf(checkpoints);
        dropped = List.copyOf(dropped);
    }

    /** Whether a process that starts with this key goes on from the latest checkpoint. */
    public boolean resumable() {
        return phase != Phase.ENDED && !checkpoints.isEmpty();
    }

    /** The same job in another phase. */
    public JobRecord in(Phase next) {
        return new JobRecord(jobId, next, firstCheckpointId, nextCheckpointId, stoppedWith, checkpoints, dropped);
    }

    /** The same job with other complete checkpoints, the latest first. */
    public JobRecord withCheckpoints(List<String> latestFirst) {
        return withCheckpoints(latestFirst, dropped);
    }

    /** The same job with other complete checkpoints, the latest first, and others whose files are to be deleted. */
    public JobRecord withCheckpoints(List<String> latestFirst, List<String> toDelete) {
        return new JobRecord(jobId, phase, firstCheckpointId, nextCheckpointId, stoppedWith, latestFirst, toDelete);
    }

    /** The same job with room for checkpoints up to a number, exclusive. */
    public JobRecord withNextCheckpointId(long next) {
        return new JobRecord(jobId, phase, firstCheckpointId, next, stoppedWith, checkpoints, dropped);
    }

    /** The same job without its checkpoints, and without any that nobody was told of: all are the user's. */
    public JobRecord leavingCheckpoints() {
        return new JobRecord(jobId, phase, nextCheckpointId, nextCheckpointId, stoppedWith, List.of(), dropped);
    }

    /** The same job, ended by a savepoint. */
    public JobRecord stoppedWith(String savepoint) {
        return new JobRecord(jobId, Phase.ENDED, firstCheckpointId, nextCheckpointId, savepoint, checkpoints, dropped);
    }
}

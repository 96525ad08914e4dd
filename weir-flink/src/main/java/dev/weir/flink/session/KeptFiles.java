package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointCommand;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.jobstore.RecordedCheckpoints;
import dev.weir.flink.checkpoint.CheckpointDirectory;
import dev.weir.flink.checkpoint.CheckpointWrite;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.plan.JobTranslation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a job's checkpoints, and the record of them that the next process reads, where there is one: in an order such
 * that the record never has what is not there. Thread-safe; every method blocks for the file system.
 */
final class KeptFiles {
    private static final Logger LOG = LoggerFactory.getLogger(KeptFiles.class);

    private final String jobName;
    private final JobTranslation job;
    private final CheckpointDirectory directory;
    private final @Nullable RecordedCheckpoints recorded;

    KeptFiles(
            String jobName, JobTranslation job, CheckpointDirectory directory, @Nullable RecordedCheckpoints recorded) {
        this.jobName = jobName;
        this.job = job;
        this.directory = directory;
        this.recorded = recorded;
    }

    /** Makes a place for a checkpoint. */
    CheckpointWrite begin(long id, CheckpointOptions options, @Nullable String targetDirectory) throws IOException {
        if (recorded != null) {
            recorded.reserve(id);
        }
        return switch (options.kind()) {
            case CHECKPOINT, FULL_CHECKPOINT -> directory.begin(id);
            case SAVEPOINT_CANONICAL -> directory.beginSavepoint(id, targetDirectory, SavepointFormatType.CANONICAL);
            case SAVEPOINT_NATIVE -> directory.beginSavepoint(id, targetDirectory, SavepointFormatType.NATIVE);
        };
    }

    /** Writes the metadata, which makes the checkpoint exist. */
    @SuppressWarnings("unchecked") // as the coordinators' part was handed in
    StoredCheckpoint commit(CheckpointWrite write, CheckpointCommand.Commit<SubtaskSnapshot> commit)
            throws IOException, StateAssembly.PartlyFinishedException {
        Map<OperatorID, byte[]> ofCoordinators =
                commit.coordinators() == null ? Map.of() : (Map<OperatorID, byte[]>) commit.coordinators();
        return write.commit(
                commit.timestampMillis(),
                StateAssembly.assemble(job, commit.snapshots(), commit.finished(), ofCoordinators),
                List.of());
    }

    /** Before subtasks hear of a checkpoint, since what they commit then must not come again. */
    void record(StoredCheckpoint checkpoint, CheckpointOptions options) throws IOException {
        if (recorded == null) {
            return;
        }
        try {
            if (!options.kind().isSavepoint()) {
                recorded.add(checkpoint.id(), checkpoint.pointer());
            } else if (options.action() != PostCheckpointAction.NONE) {
                recorded.stopped(checkpoint.pointer());
            }
        } catch (IOException e) {
            directory.drop(checkpoint);
            throw e;
        }
    }

    /** Deletes a checkpoint; null: nothing is known of it. */
    void drop(@Nullable StoredCheckpoint checkpoint) {
        if (checkpoint == null) {
            return;
        }
        try {
            // before the files go, since nobody may look for them
            if (recorded != null) {
                recorded.drop(checkpoint.pointer());
            }
            directory.drop(checkpoint);
            if (recorded != null) {
                recorded.deleted(checkpoint.pointer());
            }
        } catch (IOException e) {
            LOG.warn("{} of job '{}' could not be deleted", checkpoint, jobName, e);
        }
    }

    /** Leaves the files of a checkpoint that cannot be used, for people to look at. */
    void forget(String location, @Nullable StoredCheckpoint left) {
        if (recorded == null) {
            return;
        }
        if (left != null) {
            directory
                    .leftovers()
                    .setAside(left.directory(), "some of its files are missing or damaged, as the log says");
        }
        try {
            recorded.forget(location);
        } catch (IOException e) {
            LOG.warn("job '{}' still has {} on record", jobName, location, e);
        }
    }
}

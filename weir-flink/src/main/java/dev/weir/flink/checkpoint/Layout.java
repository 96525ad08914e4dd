package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.StoredFile;
import dev.weir.engine.checkpoint.manifest.StoredFile.Scope;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;

/**
 * The directories that a manifest's files may be in. They are Flink's.
 *
 * @param exclusive of the manifest
 * @param shared of the job
 * @param taskOwned of the job
 */
record Layout(Path exclusive, Path shared, Path taskOwned) {
    /** Of a checkpoint in a job's directory. */
    static Layout ofCheckpoint(Path job, Path exclusive) {
        return new Layout(
                exclusive,
                new Path(job, AbstractFsCheckpointStorageAccess.CHECKPOINT_SHARED_STATE_DIR),
                new Path(job, AbstractFsCheckpointStorageAccess.CHECKPOINT_TASK_OWNED_STATE_DIR));
    }

    /** Of a savepoint, which has everything in one directory. */
    static Layout ofSavepoint(Path directory) {
        return new Layout(directory, directory, directory);
    }

    /** Of a manifest that is read; a savepoint's names no file but its own. */
    static Layout around(Path exclusive) {
        Path job = exclusive.getParent();
        return job == null ? ofSavepoint(exclusive) : ofCheckpoint(job, exclusive);
    }

    Scope scope(Path file) {
        Path directory = file.getParent();
        if (exclusive.equals(directory)) {
            return Scope.EXCLUSIVE;
        } else if (shared.equals(directory)) {
            return Scope.SHARED;
        } else if (taskOwned.equals(directory)) {
            return Scope.TASK_OWNED;
        }
        return Scope.ABSOLUTE;
    }

    String name(Path file) {
        return scope(file) == Scope.ABSOLUTE ? file.toString() : file.getName();
    }

    Path resolve(StoredFile file) {
        return switch (file.scope()) {
            case EXCLUSIVE -> new Path(exclusive, file.name());
            case SHARED -> new Path(shared, file.name());
            case TASK_OWNED -> new Path(taskOwned, file.name());
            case ABSOLUTE -> new Path(file.name());
        };
    }
}

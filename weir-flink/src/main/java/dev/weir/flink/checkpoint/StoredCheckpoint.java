package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Manifest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.jobgraph.OperatorID;

/**
 * A checkpoint or savepoint that exists: it is complete and was durable when this was made. Told apart by identity.
 *
 * @param id its number, at least 0
 * @param triggeredMillis since the epoch; 0 where it is not known (Flink's metadata has none)
 * @param kind who asked for it
 * @param format of its metadata
 * @param owned whether the job may delete it
 * @param directory of its metadata
 * @param metadata the file that makes it exist
 * @param metadataBytes how long that is
 * @param operators the state of each operator
 * @param masters what the job's hooks stored
 * @param files the files that it needs
 */
public record StoredCheckpoint(
        long id,
        long triggeredMillis,
        Manifest.Kind kind,
        Format format,
        boolean owned,
        Path directory,
        Path metadata,
        long metadataBytes,
        Map<OperatorID, OperatorState> operators,
        List<MasterState> masters,
        List<StateFile> files) {

    /** Whose metadata a checkpoint has. */
    public enum Format {
        /** Weir's manifest. */
        WEIR,
        /** Flink's {@code _metadata}. */
        FLINK
    }

    /** What users pass to a restore. */
    public String pointer() {
        return directory.toString();
    }

    /** How many bytes of state it refers to. */
    public long stateBytes() {
        return operators.values().stream()
                .mapToLong(OperatorState::getStateSize)
                .sum();
    }

    /** How many of them were written for it, its metadata included. */
    public long checkpointedBytes() {
        return metadataBytes
                + operators.values().stream()
                        .mapToLong(OperatorState::getCheckpointedSize)
                        .sum();
    }

    /** The files that other checkpoints may need as well. */
    Collection<Path> sharedFiles() {
        return files.stream().map(StateFile::path).filter(this::isShared).toList();
    }

    private boolean isShared(Path file) {
        Path parent = file.getParent();
        return !directory.equals(parent) && !Entropy.belongs(parent, directory);
    }

    /** The other ones. They are in its directory, but where entropy is injected. */
    Collection<Path> ownFiles() {
        return files.stream()
                .map(StateFile::path)
                .filter(file -> !isShared(file))
                .toList();
    }

    StoredCheckpoint withOwned(boolean nowOwned) {
        return with(nowOwned, operators);
    }

    /** The same without the records that its barriers have overtaken: they are lost. */
    public StoredCheckpoint withoutInFlight() {
        Map<OperatorID, OperatorState> rest = new LinkedHashMap<>();
        operators.forEach((id, state) -> {
            OperatorState copy = state.copyAndDiscardInFlightData();
            if (state.getCoordinatorState() != null) {
                // which Flink's copy lacks: sources would begin anew
                copy.setCoordinatorState(state.getCoordinatorState());
            }
            rest.put(id, copy);
        });
        return with(owned, rest);
    }

    private StoredCheckpoint with(boolean nowOwned, Map<OperatorID, OperatorState> states) {
        return new StoredCheckpoint(
                id,
                triggeredMillis,
                kind,
                format,
                nowOwned,
                directory,
                metadata,
                metadataBytes,
                states,
                masters,
                files);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return (kind == Manifest.Kind.SAVEPOINT ? "savepoint " : "checkpoint ") + id + " at " + directory;
    }
}

package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.manifest.Manifest;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.Mode;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flink opens what we write in its format, and we open what Flink writes. */
class FlinkFormatTest {
    private static final JobID JOB = new JobID(3, 4);
    private static final ClassLoader LOADER = FlinkFormatTest.class.getClassLoader();

    @TempDir
    Path base;

    private CheckpointDirectory directory() throws IOException {
        return CheckpointDirectory.open(
                new CheckpointSettings(path(base), path(base.resolve("saved")), true, 10, 16), JOB, "");
    }

    private static org.apache.flink.core.fs.Path path(Path path) {
        return new org.apache.flink.core.fs.Path(path.toUri());
    }

    private StoredCheckpoint savepoint() throws IOException {
        CheckpointWrite write = directory().beginSavepoint(9, null, SavepointFormatType.CANONICAL);
        StreamStateHandle keyed = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(700, 3));
        StreamStateHandle lists = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(70, 4));
        OperatorSubtaskState subtask = OperatorSubtaskState.builder()
                .setManagedKeyedState(new KeyGroupsSavepointStateHandle(
                        new KeyGroupRangeOffsets(KeyGroupRange.of(0, 3), new long[] {0, 5, 6, 600}), keyed))
                .setManagedOperatorState(States.lists(lists, Map.of("a", Mode.UNION), 0, 7))
                .build();
        return write.commit(5, States.of(subtask), List.of(new MasterState("hook", new byte[] {1}, 2)));
    }

    @Test
    void flinkOpensOurSavepointWhereverItWasMoved() throws IOException {
        StoredCheckpoint stored = savepoint();
        assertThat(stored.format()).isEqualTo(StoredCheckpoint.Format.FLINK);
        assertThat(stored.directory().getName()).matches("savepoint-000000-[0-9a-f]{12}");
        Path moved = Files.move(Path.of(stored.directory().toUri()), base.resolve("moved"));

        CheckpointMetadata metadata;
        try (DataInputStream in = new DataInputStream(Files.newInputStream(moved.resolve("_metadata")))) {
            metadata =
                    Checkpoints.loadCheckpointMetadata(in, LOADER, path(moved).toString());
        }

        assertThat(metadata.getCheckpointId()).isEqualTo(9);
        assertThat(metadata.getCheckpointProperties().isSavepoint()).isTrue();
        OperatorState operator = metadata.getOperatorStates().iterator().next();
        assertThat(operator.getOperatorUid()).hasValue("count-uid");
        KeyGroupsSavepointStateHandle keyed = (KeyGroupsSavepointStateHandle)
                operator.getState(0).getManagedKeyedState().iterator().next();
        assertThat(keyed.getOffsetForKeyGroup(3)).isEqualTo(600);
        assertThat(States.read(keyed.getDelegateStateHandle())).isEqualTo(States.bytes(700, 3));
    }

    @Test
    void weOpenOurOwnAndDisposeOfIt() throws IOException {
        StoredCheckpoint stored = savepoint();

        StoredCheckpoint loaded = CheckpointLoader.load(stored.pointer(), LOADER);

        assertThat(loaded.kind()).isEqualTo(Manifest.Kind.SAVEPOINT);
        assertThat(loaded.operators()).isEqualTo(stored.operators());
        assertThat(loaded.masters()).hasSize(1);
        CheckpointLoader.verify(loaded, true);
        assertThat(loaded.files()).hasSize(2);
        CheckpointLoader.dispose(stored.pointer(), LOADER);
        assertThat(base.resolve("saved")).isEmptyDirectory();
    }

    /** As RocksDB in Flink writes them: own files, shared files, and a retained checkpoint's properties. */
    private StoredCheckpoint incremental() throws Exception {
        FsCheckpointStorageAccess flink = new FsCheckpointStorageAccess(path(base), null, JOB, 10, 16);
        flink.initializeBaseLocationsForCheckpoint();
        var location = flink.initializeLocationForCheckpoint(4);
        StreamStateHandle meta = States.write(location, CheckpointedStateScope.EXCLUSIVE, States.bytes(100, 1));
        StreamStateHandle own = States.write(location, CheckpointedStateScope.EXCLUSIVE, States.bytes(200, 2));
        StreamStateHandle shared = States.write(location, CheckpointedStateScope.SHARED, States.bytes(300, 3));
        OperatorSubtaskState subtask = OperatorSubtaskState.builder()
                .setManagedKeyedState(new IncrementalRemoteKeyedStateHandle(
                        new UUID(1, 2),
                        KeyGroupRange.of(0, 3),
                        4,
                        List.of(HandleAndLocalPath.of(shared, "000012.sst")),
                        List.of(HandleAndLocalPath.of(own, "MANIFEST")),
                        meta))
                .build();
        Map<OperatorID, OperatorState> operators = States.of(subtask);
        try (var out = location.createMetadataOutputStream()) {
            Checkpoints.storeCheckpointMetadata(
                    new CheckpointMetadata(
                            4,
                            operators.values(),
                            List.of(),
                            CheckpointProperties.forCheckpoint(CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION)),
                    out);
            out.closeAndFinalizeCheckpoint();
        }
        return CheckpointLoader.load(
                base.resolve(JOB.toString()).resolve("chk-4").toString(), LOADER);
    }

    @Test
    void flinksRetainedCheckpointIsOpenedCheckedAndClaimed() throws Exception {
        StoredCheckpoint loaded = incremental();

        assertThat(loaded.id()).isEqualTo(4);
        assertThat(loaded.kind()).isEqualTo(Manifest.Kind.CHECKPOINT);
        assertThat(loaded.format()).isEqualTo(StoredCheckpoint.Format.FLINK);
        assertThat(loaded.files()).hasSize(3);
        CheckpointLoader.verify(loaded, true);

        CheckpointDirectory other =
                CheckpointDirectory.open(new CheckpointSettings(path(base), null, true, 10, 16), new JobID(), "");
        other.drop(other.adopt(loaded, RecoveryClaimMode.NO_CLAIM));
        CheckpointLoader.verify(loaded, true);
        other.drop(other.adopt(loaded, RecoveryClaimMode.CLAIM));
        assertThat(base.resolve(JOB.toString()).resolve("shared")).isEmptyDirectory();
        assertThat(base.resolve(JOB.toString()).resolve("chk-4")).doesNotExist();
    }

    @Test
    void aMissingSharedFileOfFlinksIsNamed() throws Exception {
        StoredCheckpoint loaded = incremental();
        org.apache.flink.core.fs.Path shared = loaded.sharedFiles().iterator().next();
        Files.delete(Path.of(shared.toUri()));

        assertThatThrownBy(() -> CheckpointLoader.verify(loaded, false))
                .hasMessage("checkpoint 4 at " + loaded.directory() + " cannot be restored: file " + shared
                        + " is missing");
    }

    @Test
    void damagedMetadataOfFlinksIsAnErrorThatNamesTheFile() throws IOException {
        Path metadata = Path.of(savepoint().metadata().toUri());
        byte[] whole = Files.readAllBytes(metadata);
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(metadata, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> CheckpointLoader.load(metadata.toString(), LOADER))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(metadata.toString())
                    .hasMessageContaining("truncated");
        }
        whole[7] = 99;
        Files.write(metadata, whole);
        assertThatThrownBy(() -> CheckpointLoader.load(metadata.toString(), LOADER))
                .hasMessageContaining("damaged or of another version");
    }

    @Test
    void ourManifestIsNoSavepointToFlinkAndItSaysSo() throws IOException {
        CheckpointWrite write = directory().begin(1);
        StoredCheckpoint stored = write.commit(1, Map.of(), List.of());

        assertThatThrownBy(() -> {
                    try (DataInputStream in = new DataInputStream(
                            Files.newInputStream(Path.of(stored.metadata().toUri())))) {
                        Checkpoints.loadCheckpointMetadata(in, LOADER, stored.pointer());
                    }
                })
                .hasMessageContaining("Unexpected magic number");
    }
}

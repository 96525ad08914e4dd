package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.storage.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints on a store of objects, and on disks that fail: what fails leaves no litter, and hurts no other one. */
class StorageFailureTest {
    private static final JobID JOB = new JobID(3, 4);
    private static final ClassLoader LOADER = StorageFailureTest.class.getClassLoader();

    @TempDir
    Path local;

    private ObjectStore store;
    private CheckpointDirectory directory;

    @BeforeEach
    void open(TestInfo test) throws IOException {
        String bucket = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        store = ObjectStoreFactory.store(bucket);
        directory = CheckpointDirectory.open(
                settings(new org.apache.flink.core.fs.Path("objects://" + bucket + "/cp")), JOB, "");
    }

    private static CheckpointSettings settings(org.apache.flink.core.fs.Path base) {
        return new CheckpointSettings(base, null, true, 10, 16);
    }

    private static OperatorSubtaskState some(CheckpointWrite write) throws IOException {
        StreamStateHandle shared = States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, 1));
        StreamStateHandle own = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(600, 2));
        return OperatorSubtaskState.builder()
                .setManagedKeyedState(States.keyed(KeyGroupRange.of(0, 3), shared))
                .setRawKeyedState(States.keyed(KeyGroupRange.of(0, 3), own))
                .build();
    }

    private static StoredCheckpoint taken(CheckpointDirectory directory, long id) throws IOException {
        CheckpointWrite write = directory.begin(id);
        return write.commit(1, States.of(some(write)), List.of());
    }

    @Test
    void aStoreOfObjectsWillDo() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        StoredCheckpoint second = taken(directory, 2);
        CheckpointWrite lost = directory.begin(3);
        some(lost);
        assertThat(store.names()).hasSize(8);

        CheckpointDirectory next =
                CheckpointDirectory.open(settings(directory.path().getParent()), JOB, "");
        next.leftovers().sweep();
        assertThat(store.names()).hasSize(6);
        assertThat(next.complete()).containsExactly(second.pointer(), first.pointer());
        for (String pointer : next.complete()) {
            StoredCheckpoint loaded = CheckpointLoader.load(pointer, LOADER);
            CheckpointLoader.verify(loaded, true);
            assertThat(States.read(States.keyedBytes(loaded.operators()))).isEqualTo(States.bytes(500, 1));
            next.drop(next.adopt(loaded, RecoveryClaimMode.CLAIM));
        }
        assertThat(store.names()).isEmpty();
    }

    @Test
    void whereUploadsAreCommittedInTwoStepsTheMetadataIs() throws IOException {
        store.recoverable = true;
        StoredCheckpoint first = taken(directory, 1);
        CheckpointLoader.verify(CheckpointLoader.load(first.pointer(), LOADER), true);
        List<String> names = store.names();

        store.failingName = "_metadata";
        assertThatThrownBy(() -> taken(directory, 2)).hasMessageContaining("could not be committed: upload of ");
        assertThat(store.names()).isEqualTo(names);
    }

    @Test
    void savepointsAreWrittenToAStoreOfObjects() throws IOException {
        for (SavepointFormatType format : SavepointFormatType.values()) {
            CheckpointWrite write = directory.beginSavepoint(1, directory.path().getParent() + "/saved", format);
            StoredCheckpoint stored = write.commit(1, States.of(some(write)), List.of());

            StoredCheckpoint loaded = CheckpointLoader.load(stored.pointer(), LOADER);
            CheckpointLoader.verify(loaded, true);
            assertThat(loaded.operators()).isEqualTo(stored.operators());
            CheckpointLoader.dispose(stored.pointer(), LOADER);
            assertThat(store.names()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 200})
    void stateIsWrittenInPiecesAsConfigured(int bytes) throws IOException {
        Configuration configuration = Configuration.fromMap(Map.of(
                "execution.checkpointing.dir", directory.path().getParent().toString(),
                "execution.checkpointing.data-inline-threshold", "0",
                "execution.checkpointing.write-buffer-size", Integer.toString(bytes)));
        CheckpointWrite write = CheckpointDirectory.open(
                        CheckpointSettings.of(configuration, directory.path()), JOB, "")
                .begin(1);
        store.writes.clear();
        try (CheckpointStateOutputStream out =
                write.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
            for (int i = 0; i < 1000; i++) {
                out.write(i);
            }
            out.closeAndGetHandle();
        }
        assertThat(store.writes).hasSize(1000 / bytes).containsOnly(bytes);
        write.abort();
    }

    @Test
    void aFullStoreFailsTheCheckpointWhereverItIsFull() throws IOException {
        StoredCheckpoint before = taken(directory, 1);
        List<String> names = store.names();
        long needed = store.names().stream().count() * 1000;
        int failed = 0;
        for (long bytes = 0; bytes < needed; bytes += 50) {
            store.bytesLeft = bytes;
            CheckpointWrite write = directory.begin(2);
            try {
                write.commit(1, States.of(some(write)), List.of());
                store.bytesLeft = Long.MAX_VALUE;
                break;
            } catch (IOException e) {
                failed++;
                assertThat(e).hasMessageContaining("No space left on device");
                write.abort();
            }
            assertThat(store.names()).isEqualTo(names);
        }
        assertThat(failed).isGreaterThan(20);
        assertThat(store.names()).hasSize(6);
        CheckpointLoader.verify(before, true);
    }

    @Test
    void aReadOnlyStoreFailsTheCheckpointOnly() throws IOException {
        StoredCheckpoint before = taken(directory, 1);
        store.readOnly = true;

        assertThatThrownBy(() -> directory.begin(2))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("checkpoint 2 has no directory: access denied");
        assertThatThrownBy(() -> directory.drop(before)).hasMessageContaining("access denied");
        CheckpointLoader.verify(before, true);
        store.readOnly = false;
        taken(directory, 2);
    }

    @Test
    void aFailedUploadLeavesNothing() throws IOException {
        CheckpointWrite write = directory.begin(1);
        OperatorSubtaskState state = some(write);
        store.failingName = "_metadata";

        assertThatThrownBy(() -> write.commit(1, States.of(state), List.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("checkpoint 1 at " + write.directory() + " could not be committed: upload of ")
                .hasMessageContaining("timed out");
        assertThat(store.names()).isEmpty();

        CheckpointWrite second = directory.begin(2);
        store.failingName = "-";
        try (CheckpointStateOutputStream out =
                second.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
            out.write(States.bytes(500, 1));
            assertThatThrownBy(out::closeAndGetHandle)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("state file ")
                    .hasMessageContaining("could not be written: upload of ");
        }
        second.abort();
        assertThat(store.names()).isEmpty();
    }

    @Test
    void anAbortDuringTheCommitComesTooLate() throws IOException {
        CheckpointWrite write = directory.begin(1);
        OperatorSubtaskState state = some(write);
        store.meanwhile = write::abort;

        StoredCheckpoint stored = write.commit(1, States.of(state), List.of());

        CheckpointLoader.verify(CheckpointLoader.load(stored.pointer(), LOADER), true);
    }

    @Test
    void aDiskThatFailsAtAnyStepOfTheCommitLeavesNothingNew() throws IOException {
        CheckpointSettings settings = settings(new org.apache.flink.core.fs.Path(local.toUri()));
        StoredCheckpoint before = taken(CheckpointDirectory.open(settings, JOB, ""), 1);
        List<String> names = localFiles();
        int failed = 0;
        for (int step = 1; step < 100; step++) {
            CheckpointDirectory failing =
                    CheckpointDirectory.open(settings, JOB, "", LocalCopies.NONE, new FailingDisk(step));
            CheckpointWrite write;
            try {
                write = failing.begin(2);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("checkpoint 2 has no directory: Input/output error");
                failed++;
                continue;
            }
            try {
                OperatorSubtaskState state = some(write);
                write.commit(1, States.of(state), List.of());
                break;
            } catch (IOException e) {
                failed++;
                assertThat(e).hasMessageContaining("could not be committed: Input/output error");
                assertThat(localFiles()).isEqualTo(names);
            }
        }
        assertThat(failed).isGreaterThan(4);
        assertThat(localFiles()).hasSize(6);
        CheckpointLoader.verify(before, true);
    }

    private List<String> localFiles() throws IOException {
        try (Stream<Path> all = Files.walk(local)) {
            return all.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
        }
    }

    /** Fails once, at the given operation. */
    private static final class FailingDisk implements Disk {
        private final Disk disk = Disk.local();
        private int left;

        FailingDisk(int left) {
            this.left = left;
        }

        private void operation() throws IOException {
            if (--left == 0) {
                throw new IOException("Input/output error");
            }
        }

        @Override
        public void createDirectories(Path path) throws IOException {
            operation();
            disk.createDirectories(path);
        }

        @Override
        public List<Path> list(Path path) throws IOException {
            return disk.list(path);
        }

        @Override
        public byte[] read(Path file) throws IOException {
            return disk.read(file);
        }

        @Override
        public void write(Path file, byte[] bytes) throws IOException {
            disk.write(file, bytes);
            operation();
        }

        @Override
        public void syncDirectory(Path path) throws IOException {
            operation();
            disk.syncDirectory(path);
        }

        @Override
        public void move(Path from, Path to) throws IOException {
            operation();
            disk.move(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            disk.delete(file);
        }
    }
}

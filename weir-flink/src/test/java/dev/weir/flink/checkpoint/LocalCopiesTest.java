package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalCopiesTest {
    private static final JobID JOB = new JobID(1, 2);

    @TempDir
    Path base;

    private Path primary() {
        return base.resolve("primary");
    }

    private Path local() {
        return base.resolve("local");
    }

    private CheckpointDirectory directory(LocalCopies local) throws IOException {
        CheckpointSettings settings = new CheckpointSettings(
                new org.apache.flink.core.fs.Path(primary().toUri()), null, true, 100, 64);
        return CheckpointDirectory.open(settings, JOB, "", local);
    }

    private LocalCopies copies() {
        return new LocalCopies(List.of(local()), true, true);
    }

    private static StreamStateHandle write(CheckpointStreamFactory streams, byte[] bytes) throws IOException {
        try (CheckpointStateOutputStream out =
                ((TwofoldStreams) streams).createTwofold(CheckpointedStateScope.EXCLUSIVE)) {
            out.write(bytes, 0, bytes.length);
            return out.closeAndGetHandle();
        }
    }

    /** A checkpoint with the state of one subtask, written by a slot. */
    private static StoredCheckpoint taken(CheckpointDirectory directory, LocalCopies local, long id, int slot)
            throws IOException {
        CheckpointWrite write = directory.begin(id);
        StreamStateHandle handle = write(local.streams(write, slot), States.bytes(500, (int) id));
        return write.commit(id, States.ofOne(handle), List.of());
    }

    private static List<String> tree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> !file.equals(root))
                    .map(file -> root.relativize(file).toString())
                    .map(name -> name.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*"))
                    .sorted()
                    .toList();
        }
    }

    private static Path file(StoredCheckpoint checkpoint) {
        return Path.of(checkpoint.files().get(0).path().toUri());
    }

    private Path copy(StoredCheckpoint checkpoint, int slot) {
        return local().resolve("slot-" + slot + "/chk-" + checkpoint.id())
                .resolve(file(checkpoint).getFileName());
    }

    private static byte[] restored(LocalCopies local, StoredCheckpoint checkpoint) throws IOException {
        OperatorSubtaskState state = local.index(checkpoint)
                .localFirst(checkpoint.operators().get(States.COUNT).getState(0));
        KeyGroupsStateHandle handle =
                (KeyGroupsStateHandle) state.getManagedKeyedState().iterator().next();
        return States.read(handle.getDelegateStateHandle());
    }

    @Test
    void theCopyHasTheBytesOfTheFile() throws IOException {
        StoredCheckpoint checkpoint = taken(directory(copies()), copies(), 1, 0);

        assertThat(copy(checkpoint, 0)).hasBinaryContent(Files.readAllBytes(file(checkpoint)));
    }

    @Test
    void whatIsInTheManifestNeedsNoCopy() throws IOException {
        CheckpointWrite write = directory(copies()).begin(1);
        write(copies().streams(write, 0), States.bytes(50, 1));

        assertThat(tree(local())).isEmpty();
    }

    @Test
    void aCopyThatCannotBeWrittenIsNoConcernOfTheCheckpoint() throws IOException {
        // where its directory should be
        Files.writeString(local(), "a file");
        StoredCheckpoint checkpoint = taken(directory(copies()), copies(), 1, 0);

        CheckpointLoader.verify(checkpoint, true);
        assertThat(restored(copies(), checkpoint)).isEqualTo(States.bytes(500, 1));
        assertThat(local()).isRegularFile();
    }

    @Test
    void aCopyWhoseDiskIsFullIsGivenUpAndTheFileGoesOn() throws IOException {
        Path copy = Files.createSymbolicLink(base.resolve("copy"), Path.of("/dev/full"));
        CheckpointSettings settings = new CheckpointSettings(
                new org.apache.flink.core.fs.Path(primary().toUri()), null, true, 0, 64);
        byte[] bytes = States.bytes(500, 1);
        StreamStateHandle written;
        try (StateFileStream out = new StateFileStream(
                CheckpointFiles.of(settings.directory()),
                settings.directory(),
                "state",
                true,
                settings,
                new NoOwner(),
                new LocalCopy(copy))) {
            out.write(bytes, 0, 200);
            // it is gone, and does not come back
            assertThat(Files.exists(copy, LinkOption.NOFOLLOW_LINKS)).isFalse();
            out.write(bytes, 200, 300);
            written = out.closeAndGetHandle();
        }
        assertThat(States.read(written)).isEqualTo(bytes);
        assertThat(copy).doesNotExist();
    }

    private static final class NoOwner implements StateFileStream.Owner {
        @Override
        public void opening() {}

        @Override
        public void writing() {}

        @Override
        public void completed(org.apache.flink.core.fs.Path file, int crc32c) {}

        @Override
        public void abandoned(org.apache.flink.core.fs.Path file) {
            throw new AssertionError(file + " was given up");
        }
    }

    @Test
    void aKeptFileIsTheSameFileAndItsCopyOutlivesIt() throws IOException {
        Path same = Files.write(base.resolve("000007.sst"), States.bytes(500, 3));
        CheckpointWrite write = directory(copies()).begin(1);
        TwofoldStreams streams = (TwofoldStreams) copies().streams(write, 0);
        StreamStateHandle handle = States.write(write, CheckpointedStateScope.SHARED, Files.readAllBytes(same));
        streams.keep(handle, same);
        StoredCheckpoint checkpoint = write.commit(1, States.ofOne(handle), List.of());

        Path copy = local().resolve("slot-0/chk-1").resolve(file(checkpoint).getFileName());
        assertThat(Files.isSameFile(copy, same)).isTrue();
        Files.delete(same);
        Files.delete(file(checkpoint));
        assertThat(restored(copies(), checkpoint)).isEqualTo(States.bytes(500, 3));
    }

    @Test
    void whereNoLinkCanBeMadeAFileIsCopiedOrGivenUp() throws IOException {
        Path same = Files.write(base.resolve("000007.sst"), States.bytes(500, 3));
        CheckpointWrite write = directory(copies()).begin(1);
        StreamStateHandle handle = States.write(write, CheckpointedStateScope.SHARED, Files.readAllBytes(same));
        Path copy = local().resolve("slot-0/chk-1")
                .resolve(handle.maybeGetPath().orElseThrow().getName());
        Files.createDirectories(copy.getParent());
        // a link would need a name that is free
        Files.writeString(copy, "there already");
        ((TwofoldStreams) copies().streams(write, 0)).keep(handle, same);
        assertThat(copy).hasBinaryContent(States.bytes(500, 3));
        assertThat(Files.isSameFile(copy, same)).isFalse();

        // nor can this be copied, and nothing is thrown
        ((TwofoldStreams) copies().streams(write, 0)).keep(handle, base.resolve("is not there"));
    }

    @Test
    void theCopyIsReadFirstAndInsteadOfALostFile() throws IOException {
        StoredCheckpoint checkpoint = taken(directory(copies()), copies(), 1, 0);
        Files.delete(file(checkpoint));

        // of another process
        StoredCheckpoint loaded =
                CheckpointLoader.load(checkpoint.pointer(), getClass().getClassLoader());
        CheckpointLoader.verify(loaded, copies().index(loaded));
        assertThat(restored(copies(), loaded)).isEqualTo(States.bytes(500, 1));
        assertThatThrownBy(() -> CheckpointLoader.verify(loaded, false)).hasMessageContaining("is missing");
    }

    @Test
    void aDamagedCopyIsNotRead() throws IOException {
        StoredCheckpoint checkpoint = taken(directory(copies()), copies(), 1, 0);
        byte[] bytes = Files.readAllBytes(copy(checkpoint, 0));
        byte[] flipped = bytes.clone();
        flipped[250] ^= 1;
        for (byte[] damaged : List.of(flipped, States.bytes(499, 1), new byte[0])) {
            Files.write(copy(checkpoint, 0), damaged);
            assertThat(restored(copies(), checkpoint)).isEqualTo(bytes);
        }
        Files.delete(file(checkpoint));
        assertThatThrownBy(() -> CheckpointLoader.verify(checkpoint, copies().index(checkpoint)))
                .hasMessageContaining("is missing");
    }

    @Test
    void eachPartIsReadFromWhereItIsWhole() throws IOException {
        CheckpointWrite write = directory(copies()).begin(1);
        List<KeyedStateHandle> parts = new ArrayList<>();
        for (int part = 0; part < 2; part++) {
            StreamStateHandle handle = write(copies().streams(write, part), States.bytes(500, part));
            parts.add(States.keyed(KeyGroupRange.of(2 * part, 2 * part + 1), handle));
        }
        StoredCheckpoint checkpoint = write.commit(
                1,
                States.of(OperatorSubtaskState.builder()
                        .setManagedKeyedState(new StateObjectCollection<>(parts))
                        .build()),
                List.of());
        Path first = Path.of(checkpoint.files().get(0).path().toUri());
        Path second = Path.of(checkpoint.files().get(1).path().toUri());
        Files.delete(first);
        Files.write(local().resolve("slot-1/chk-1").resolve(second.getFileName()), new byte[500]);

        LocalCopies.Index index = copies().index(checkpoint);
        CheckpointLoader.verify(checkpoint, index);
        List<KeyedStateHandle> restored = List.copyOf(
                index.localFirst(checkpoint.operators().get(States.COUNT).getState(0))
                        .getManagedKeyedState());
        for (int part = 0; part < 2; part++) {
            assertThat(States.read(((KeyGroupsStateHandle) restored.get(part)).getDelegateStateHandle()))
                    .isEqualTo(States.bytes(500, part));
        }
    }

    @Test
    void onlyTheNewestCopiesAreKeptHoweverManyCheckpointsAre() throws IOException {
        CheckpointDirectory directory = directory(copies());
        List<StoredCheckpoint> retained = new ArrayList<>();
        for (int id = 1; id <= 50; id++) {
            retained.add(taken(directory, copies(), id, id % 2));
            CheckpointWrite next = directory.begin(id + 1000);
            write(copies().streams(next, 1), States.bytes(500, 0));

            String slot = "slot-" + id % 2;
            String chk = slot + "/chk-" + id;
            String inFlight = "slot-1/chk-" + (id + 1000);
            assertThat(tree(local())).contains(chk, chk + "/*", inFlight, inFlight + "/*");
            assertThat(tree(local()).stream().filter(name -> name.endsWith("*")))
                    .hasSize(2);

            next.abort();
            assertThat(tree(local())).doesNotContain(inFlight);
        }
        // the checkpoints themselves are all there
        for (StoredCheckpoint checkpoint : retained) {
            CheckpointLoader.verify(checkpoint, true);
        }
        copies().discard();
        assertThat(tree(local())).isEmpty();
    }

    @Test
    void savepointsHaveNoCopies() throws IOException {
        CheckpointWrite write = directory(copies())
                .beginSavepoint(1, base.resolve("savepoints").toUri().toString(), SavepointFormatType.NATIVE);

        assertThat(copies().streams(write, 0)).isSameAs(write);
    }

    @Test
    void slotsTakeTurnsWithTheDirectories() throws IOException {
        Configuration options = new Configuration();
        options.set(StateRecoveryOptions.LOCAL_RECOVERY, true);
        options.set(
                CheckpointingOptions.LOCAL_RECOVERY_TASK_MANAGER_STATE_ROOT_DIRS,
                base.resolve("a") + "," + base.resolve("b") + "," + base.resolve("c"));
        LocalCopies local = LocalCopies.of(options, "job", null);
        for (int slot = 0; slot < 4; slot++) {
            CheckpointWrite write = directory(local).begin(slot + 1);
            write(local.streams(write, slot), States.bytes(500, slot));
        }

        assertThat(tree(base.resolve("a"))).contains("weir-job/slot-0/chk-1/*", "weir-job/slot-3/chk-4/*");
        assertThat(tree(base.resolve("b"))).contains("weir-job/slot-1/chk-2/*").hasSize(4);
        assertThat(tree(base.resolve("c"))).contains("weir-job/slot-2/chk-3/*").hasSize(4);
    }

    @Test
    void theOptionsSayWhatIsWrittenAndRead() throws IOException {
        String own = "state.backend.local-recovery";
        assertThat(LocalCopies.of(new Configuration(), "job", local())).isSameAs(LocalCopies.NONE);
        LocalCopies legacy = LocalCopies.of(Configuration.fromMap(java.util.Map.of(own, "true")), "job", local());
        StoredCheckpoint checkpoint = taken(directory(legacy), legacy, 1, 0);
        Files.delete(file(checkpoint));
        assertThat(restored(legacy, checkpoint)).isEqualTo(States.bytes(500, 1));

        // written, not read
        Configuration backup = new Configuration();
        backup.set(CheckpointingOptions.LOCAL_BACKUP_ENABLED, true);
        LocalCopies written = LocalCopies.of(backup, "job", local());
        assertThat(written.streams(directory(written).begin(2), 0)).isInstanceOf(TwofoldStreams.class);
        assertThat(written.index(checkpoint)).isSameAs(LocalCopies.Index.NONE);
    }
}

package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints in a file system that puts random characters into the paths of data files. */
class EntropyTest {
    private static final JobID JOB = new JobID(3, 4);
    private static final ClassLoader LOADER = EntropyTest.class.getClassLoader();

    private final ObjectStore store = ObjectStoreFactory.store("entropy");
    private CheckpointDirectory directory;

    @BeforeEach
    void open() throws IOException {
        store.names().forEach(name -> {
            try {
                store.delete(new Path("objects://entropy" + name), false);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        store.entropyKey = "_entropy_";
        directory = reopened("objects://entropy/a/_entropy_/b");
    }

    private static CheckpointDirectory reopened(String base) throws IOException {
        return CheckpointDirectory.open(new CheckpointSettings(new Path(base), null, true, 100, 64), JOB, "orders");
    }

    /** With a file of its own, and one that others may need. */
    private static StoredCheckpoint written(CheckpointWrite write, StreamStateHandle... reused) throws IOException {
        StreamStateHandle own = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(300, 1));
        write.reusePreviousStateHandle(List.of(reused));
        StreamStateHandle shared = reused.length == 1
                ? reused[0]
                : States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, 2));
        OperatorSubtaskState subtask = OperatorSubtaskState.builder()
                .setRawKeyedState(States.keyed(KeyGroupRange.of(0, 0), own))
                .setManagedKeyedState(States.keyed(KeyGroupRange.of(1, 3), shared))
                .build();
        return write.commit(write.id(), States.of(subtask), List.of());
    }

    private List<String> names() {
        return store.names().stream()
                .map(name -> name.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*")
                        .replaceAll("savepoint-[0-9a-f-]+", "savepoint")
                        .replaceAll("/e[0-9]+", "/E"))
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/_entropy_/b", "/_entropy_", "/a/x_entropy_y"})
    void metadataIsWhereTheMarkerIsNot(String base) throws IOException {
        directory = reopened("objects://entropy" + base);

        StoredCheckpoint stored = written(directory.begin(7));

        String plain = base.replace("_entropy_", "").replace("//", "/");
        assertThat(stored.pointer())
                .isEqualTo("objects://entropy" + (plain.equals("/") ? "" : plain) + "/" + JOB + "/chk-7");
        assertThat(store.names()).hasSize(3).noneMatch(name -> name.contains("_entropy_"));
        assertThat(store.names().stream().filter(name -> name.endsWith("_metadata")))
                .containsExactly(stored.metadata().getPath());
        StoredCheckpoint loaded = CheckpointLoader.load(stored.pointer(), LOADER);
        CheckpointLoader.verify(loaded, true);
        assertThat(loaded.operators()).isEqualTo(stored.operators());
        assertThat(directory.complete()).containsExactly(stored.pointer());

        directory.drop(stored);
        assertThat(store.names()).isEmpty();
    }

    @Test
    void dataIsWhereFlinkHasIt() throws IOException {
        written(directory.begin(7));

        assertThat(names())
                .containsExactly(
                        "/a/E/b/" + JOB + "/chk-7/*",
                        "/a/E/b/" + JOB + "/shared/7-*",
                        "/a/b/" + JOB + "/chk-7/_metadata");
    }

    @Test
    void anAbortedCheckpointLeavesNothing() throws IOException {
        CheckpointWrite write = directory.begin(1);
        States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(300, 1));
        States.write(write, CheckpointedStateScope.SHARED, States.bytes(300, 2));
        assertThat(store.names()).hasSize(2);

        write.abort();

        assertThat(store.names()).isEmpty();
    }

    @Test
    void aSharedFileGoesWithTheLastThatNeedsIt() throws IOException {
        StoredCheckpoint first = written(directory.begin(1));
        StoredCheckpoint second = written(directory.begin(2), States.keyedBytes(first.operators()));

        directory.drop(first);
        CheckpointLoader.verify(CheckpointLoader.load(second.pointer(), LOADER), true);
        assertThat(store.names()).hasSize(3);

        directory.drop(second);
        assertThat(store.names()).isEmpty();
    }

    @Test
    void aNextProcessDropsWhatItDoesNotNeed() throws IOException {
        StoredCheckpoint first = written(directory.begin(1));
        StoredCheckpoint second = written(directory.begin(2), States.keyedBytes(first.operators()));

        CheckpointDirectory next = reopened("objects://entropy/a/_entropy_/b");
        next.leftovers().drop(List.of(first.pointer()), List.of(), LOADER);
        CheckpointLoader.verify(CheckpointLoader.load(second.pointer(), LOADER), true);
        assertThat(store.names()).hasSize(3);

        next.leftovers().drop(List.of(second.pointer()), List.of(), LOADER);
        next.leftovers().sweep();
        assertThat(store.names()).isEmpty();
    }

    @Test
    void aClaimedOneGoesWithItsFiles() throws IOException {
        String pointer = written(directory.begin(1)).pointer();

        CheckpointDirectory next = reopened("objects://entropy/a/_entropy_/b");
        next.drop(next.adopt(CheckpointLoader.load(pointer, LOADER), RecoveryClaimMode.CLAIM));

        assertThat(store.names()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(SavepointFormatType.class)
    void aSavepointIsFoundAndDisposedOf(SavepointFormatType format) throws IOException {
        StoredCheckpoint stored = written(directory.beginSavepoint(3, "objects://entropy/s/_entropy_", format));

        assertThat(names()).containsExactly("/s/E/savepoint/*", "/s/E/savepoint/*", "/s/savepoint/_metadata");
        assertThat(stored.pointer()).startsWith("objects://entropy/s/savepoint-");
        StoredCheckpoint loaded = CheckpointLoader.load(stored.pointer(), LOADER);
        CheckpointLoader.verify(loaded, false);
        assertThat(States.read(States.keyedBytes(loaded.operators()))).isEqualTo(States.bytes(500, 2));
        assertThat(loaded.operators().keySet().iterator().next()).isInstanceOf(OperatorID.class);

        CheckpointLoader.dispose(stored.pointer(), LOADER);
        assertThat(store.names()).isEmpty();
    }

    /** As Flink's own tests have it: the file system says that it is the local one. */
    @Test
    void aSavepointMayHaveEntropyWhereCheckpointsHaveNone(@TempDir java.nio.file.Path base) throws IOException {
        CheckpointDirectory checkpoints = CheckpointDirectory.open(
                new CheckpointSettings(new Path(base.resolve("checkpoints").toUri()), null, true, 100, 64),
                JOB,
                "orders");

        StoredCheckpoint stored = written(checkpoints.beginSavepoint(
                3, "test-entropy://" + base.resolve("savepoints/_entropy_"), SavepointFormatType.CANONICAL));

        try (Stream<java.nio.file.Path> files = Files.walk(base).filter(Files::isRegularFile)) {
            assertThat(files.map(file -> base.relativize(file).toString())
                            .map(name -> name.replaceAll("savepoint-[^/]*", "savepoint")
                                    .replaceAll("[^/]*$", "")))
                    .containsExactlyInAnyOrder(
                            "savepoints/savepoint/",
                            "savepoints/_resolved_/savepoint/",
                            "savepoints/_resolved_/savepoint/");
        }
        CheckpointLoader.verify(CheckpointLoader.load(stored.pointer(), LOADER), false);
        CheckpointLoader.dispose(stored.pointer(), LOADER);
        try (Stream<java.nio.file.Path> files = Files.walk(base)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    /** What another checkpoint has beside it is not taken for its own. */
    @Test
    void directoriesBelongTogetherThatDifferInWhatIsInjectedOnly() {
        Path metadata = new Path("objects://entropy/a/b/chk-3");
        assertThat(List.of("/a/e1/b/chk-3", "/a/e1b/chk-3", "/e1/a/b/chk-3", "/a/b/chk-3"))
                .allMatch(data -> Entropy.belongs(new Path("objects://entropy" + data), metadata));
        assertThat(List.of("/a/c/chk-3", "/a/e1/b/chk-4", "/a/chk-3", "/a/e1/c/chk-3", "/a/e1/b/shared"))
                .noneMatch(data -> Entropy.belongs(new Path("objects://entropy" + data), metadata));
        store.entropyKey = null;
        assertThat(Entropy.belongs(new Path("objects://entropy/a/e1/b/chk-3"), metadata))
                .isFalse();
    }
}

package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.manifest.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.FinishedOperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.FullyFinishedOperatorState;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.channel.InputChannelInfo;
import org.apache.flink.runtime.checkpoint.channel.ResultSubpartitionInfo;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.OperatorStateHandle.Mode;
import org.apache.flink.runtime.state.ResultSubpartitionStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointDirectoryTest {
    private static final JobID JOB = new JobID(3, 4);
    private static final ClassLoader LOADER = CheckpointDirectoryTest.class.getClassLoader();
    private static final int INLINE_MAX = 100;

    @TempDir
    Path base;

    private CheckpointDirectory directory;

    @BeforeEach
    void open() throws IOException {
        directory = reopened();
    }

    private CheckpointDirectory reopened() throws IOException {
        return CheckpointDirectory.open(settings(true), JOB, "orders");
    }

    private CheckpointSettings settings(boolean jobSubdirectory) {
        return new CheckpointSettings(
                new org.apache.flink.core.fs.Path(base.toUri()), null, jobSubdirectory, INLINE_MAX, 64);
    }

    private Path job() {
        return base.resolve(JOB.toString());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(base)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> base.relativize(file).toString())
                    .map(name -> name.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*"))
                    .sorted()
                    .toList();
        }
    }

    private static StoredCheckpoint taken(CheckpointDirectory directory, long id, StreamStateHandle... reused)
            throws IOException {
        CheckpointWrite write = directory.begin(id);
        write.reusePreviousStateHandle(List.of(reused));
        StreamStateHandle bytes = reused.length == 1
                ? reused[0]
                : States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, (int) id));
        return write.commit(id, States.ofOne(bytes), List.of());
    }

    @Test
    void whatTasksWroteIsLoadedAgain() throws IOException {
        for (byte[] bytes : States.someSizes()) {
            for (CheckpointedStateScope scope : CheckpointedStateScope.values()) {
                CheckpointWrite write = directory.begin(7);
                StoredCheckpoint stored = write.commit(99, States.ofOne(States.write(write, scope, bytes)), List.of());

                StoredCheckpoint loaded = CheckpointLoader.load(stored.pointer(), LOADER);
                CheckpointLoader.verify(loaded, true);
                assertThat(loaded.id()).isEqualTo(7);
                assertThat(loaded.triggeredMillis()).isEqualTo(99);
                assertThat(loaded.kind()).isEqualTo(Manifest.Kind.CHECKPOINT);
                assertThat(loaded.operators()).isEqualTo(stored.operators());
                assertThat(loaded.files()).isEqualTo(stored.files());
                assertThat(loaded.stateBytes()).isEqualTo(bytes.length);
                assertThat(States.read(States.keyedBytes(loaded.operators()))).isEqualTo(bytes);

                directory.drop(stored);
                assertThat(files()).isEmpty();
            }
        }
    }

    @Test
    void everyKindOfStateIsLoadedAgain() throws IOException {
        CheckpointWrite write = directory.begin(1);
        StreamStateHandle file = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(200, 5));
        StreamStateHandle memory = new ByteStreamStateHandle("small", new byte[] {1, 2, 3});
        OperatorSubtaskState subtask = OperatorSubtaskState.builder()
                .setManagedKeyedState(States.keyed(KeyGroupRange.of(1, 3), file))
                .setRawKeyedState(States.keyed(KeyGroupRange.of(0, 0), memory))
                .setManagedOperatorState(States.lists(
                        file, Map.of("a", Mode.SPLIT_DISTRIBUTE, "b", Mode.UNION, "c", Mode.BROADCAST), 0, 9, 30))
                .setRawOperatorState(States.lists(memory, Map.of("raw", Mode.SPLIT_DISTRIBUTE), 1))
                .setInputChannelState(org.apache.flink.runtime.checkpoint.StateObjectCollection.singleton(
                        new InputChannelStateHandle(0, new InputChannelInfo(1, 2), file, List.of(3L, 4L), 50)))
                .setResultSubpartitionState(org.apache.flink.runtime.checkpoint.StateObjectCollection.singleton(
                        new ResultSubpartitionStateHandle(0, new ResultSubpartitionInfo(0, 1), memory, List.of(0L), 3)))
                .build();
        OperatorState half = new OperatorState("half", null, new OperatorID(5, 6), 3, 8);
        half.setCoordinatorState(new ByteStreamStateHandle("enumerator", new byte[] {4}));
        half.putState(1, FinishedOperatorSubtaskState.INSTANCE);
        half.putState(2, OperatorSubtaskState.builder().build());
        Map<OperatorID, OperatorState> operators = States.of(subtask);
        operators.put(half.getOperatorID(), half);
        OperatorID done = new OperatorID(7, 8);
        operators.put(done, new FullyFinishedOperatorState("done", "uid", done, 2, 2));

        write.commit(1, operators, List.of(new MasterState("hook", new byte[] {8}, 2)));

        StoredCheckpoint loaded = CheckpointLoader.load(job().resolve("chk-1").toString(), LOADER);
        assertThat(loaded.operators())
                .usingRecursiveComparison()
                .withEqualsForType(OperatorID::equals, OperatorID.class)
                .isEqualTo(operators);
        assertThat(loaded.operators().get(done)).isInstanceOf(FullyFinishedOperatorState.class);
        assertThat(loaded.operators().get(States.COUNT).getOperatorUid()).hasValue("count-uid");
        assertThat(loaded.operators().get(half.getOperatorID()).getState(1).isFinished())
                .isTrue();
        assertThat(loaded.masters())
                .usingRecursiveComparison()
                .isEqualTo(List.of(new MasterState("hook", new byte[] {8}, 2)));
    }

    @Test
    void theLayoutIsFlinks() throws IOException {
        CheckpointWrite write = directory.begin(12);
        StreamStateHandle exclusive = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(200, 1));
        States.write(write, CheckpointedStateScope.SHARED, States.bytes(200, 1));

        assertThat(files()).containsExactly(JOB + "/chk-12/*", JOB + "/shared/12-*");
        write.commit(1, States.ofOne(exclusive), List.of());
        // What no handle names is nobody's.
        assertThat(files()).containsExactly(JOB + "/chk-12/*", JOB + "/chk-12/_metadata");
        assertThat(job().resolve("taskowned")).isDirectory();

        CheckpointDirectory flat = CheckpointDirectory.open(settings(false), JOB, "");
        flat.begin(13).commit(1, Map.of(), List.of());
        assertThat(base.resolve("chk-13/_metadata")).isRegularFile();
    }

    @Test
    void aMovedDirectoryIsFoundAgain() throws IOException {
        CheckpointWrite write = directory.begin(1);
        OperatorSubtaskState subtask = OperatorSubtaskState.builder()
                .setManagedKeyedState(States.keyed(
                        KeyGroupRange.of(0, 3),
                        States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, 1))))
                .setRawKeyedState(States.keyed(
                        KeyGroupRange.of(0, 3),
                        States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(600, 2))))
                .build();
        write.commit(1, States.of(subtask), List.of());
        Path elsewhere = base.resolve("elsewhere");
        Files.move(job(), elsewhere);

        StoredCheckpoint loaded = CheckpointLoader.load(
                elsewhere.resolve("chk-1/_metadata").toUri().toString(), LOADER);

        CheckpointLoader.verify(loaded, true);
        assertThat(States.read(States.keyedBytes(loaded.operators()))).isEqualTo(States.bytes(500, 1));
    }

    @Test
    void anAbortedCheckpointLeavesNothingWhateverIsStillOpen() throws IOException {
        CheckpointWrite write = directory.begin(3);
        States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(500, 1));
        States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, 1));
        CheckpointStateOutputStream open = write.createCheckpointStateOutputStream(CheckpointedStateScope.SHARED);
        open.write(States.bytes(500, 1));
        CheckpointStateOutputStream later = write.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE);

        write.abort();

        assertThatThrownBy(() -> later.write(States.bytes(500, 1))).hasMessageContaining("chk-3 has been aborted");
        assertThat(write.over()).as("a subtask is writing yet").isNotDone();
        assertThatThrownBy(open::closeAndGetHandle)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chk-3 has been aborted");
        assertThat(write.over()).isDone();
        assertThat(files()).isEmpty();
        assertThat(job().resolve("chk-3")).doesNotExist();
        assertThatThrownBy(() -> write.commit(1, Map.of(), List.of())).hasMessageContaining("chk-3 has been aborted");
    }

    @Test
    void anAbortedCheckpointLeavesNothingWhicheverSubtaskIsLast() throws Exception {
        int subtasks = 8;
        ExecutorService threads = Executors.newFixedThreadPool(subtasks);
        try {
            for (int round = 0; round < 200; round++) {
                CheckpointWrite write = directory.begin(round);
                CyclicBarrier start = new CyclicBarrier(subtasks);
                List<Future<?>> over = new ArrayList<>();
                for (int subtask = 1; subtask < subtasks; subtask++) {
                    byte[] bytes = States.bytes(500, subtask);
                    over.add(threads.submit(() -> {
                        start.await();
                        StreamStateHandle first = States.write(write, CheckpointedStateScope.EXCLUSIVE, bytes);
                        try {
                            return States.write(write, CheckpointedStateScope.EXCLUSIVE, bytes);
                        } catch (IOException e) {
                            first.discardState();
                            throw e;
                        }
                    }));
                }
                start.await();
                TimeUnit.MICROSECONDS.sleep(round * 10L);
                write.abort();
                for (Future<?> subtask : over) {
                    try {
                        subtask.get();
                    } catch (ExecutionException e) {
                        assertThat(e).hasStackTraceContaining("has been aborted");
                    }
                }
                write.over().get(10, TimeUnit.SECONDS);
                assertThat(files()).as("round %d", round).isEmpty();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void nothingMoreIsWrittenForACheckpointThatWasGivenUp() throws IOException {
        CheckpointWrite write = directory.begin(3);
        try (CheckpointStateOutputStream out =
                write.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
            out.write(States.bytes(500, 1));
            write.abort();
            assertThatThrownBy(() -> out.write(States.bytes(500, 2))).hasMessageContaining("chk-3 has been aborted");
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void checksumsAreKeptOfFilesThatLaterCheckpointsMayName() throws IOException {
        CheckpointWrite given = directory.begin(1);
        StreamStateHandle lost = States.write(given, CheckpointedStateScope.EXCLUSIVE, States.bytes(500, 1));
        given.abort();
        CheckpointWrite write = directory.begin(2);
        StreamStateHandle own = States.write(write, CheckpointedStateScope.EXCLUSIVE, States.bytes(500, 2));
        StoredCheckpoint ofOwn = write.commit(2, States.ofOne(own), List.of());
        StoredCheckpoint ofShared = taken(directory, 3);

        assertThat(directory.owners().checksum(lost.maybeGetPath().orElseThrow()))
                .isEmpty();
        assertThat(ofOwn.files()).allMatch(file -> file.crc32c().isPresent());
        assertThat(directory.owners().checksum(own.maybeGetPath().orElseThrow()))
                .isEmpty();
        assertThat(ofShared.sharedFiles())
                .isNotEmpty()
                .allMatch(file -> directory.owners().checksum(file).isPresent());
        directory.drop(ofShared);
        assertThat(ofShared.sharedFiles())
                .allMatch(file -> directory.owners().checksum(file).isEmpty());
    }

    @Test
    void aStreamThatIsClosedWithoutAHandleLeavesNoFile() throws IOException {
        CheckpointWrite write = directory.begin(3);
        for (CheckpointedStateScope scope : CheckpointedStateScope.values()) {
            try (CheckpointStateOutputStream out = write.createCheckpointStateOutputStream(scope)) {
                out.write(States.bytes(500, 1));
                assertThat(out.getPos()).isEqualTo(500);
            }
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aSharedFileGoesWithTheLastThatNeedsIt() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        StoredCheckpoint second = taken(directory, 2, States.keyedBytes(first.operators()));
        CheckpointWrite third = directory.begin(3);
        third.reusePreviousStateHandle(List.of(States.keyedBytes(first.operators())));

        directory.drop(first);
        directory.drop(second);
        assertThat(files()).containsExactly(JOB + "/shared/1-*");
        third.abort();
        assertThat(files()).isEmpty();
    }

    @Test
    void aFailedCheckpointTakesNoFileThatAnotherOneReuses() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        CheckpointWrite second = directory.begin(2);
        second.reusePreviousStateHandle(List.of(States.keyedBytes(first.operators())));
        States.write(second, CheckpointedStateScope.SHARED, States.bytes(500, 2));

        second.abort();

        assertThat(files()).containsExactly(JOB + "/chk-1/_metadata", JOB + "/shared/1-*");
        CheckpointLoader.verify(first, true);
    }

    @Test
    void whoNeedsWhichFileIsKnownAfterARestart() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        taken(directory, 2, States.keyedBytes(first.operators()));

        CheckpointDirectory next = reopened();
        assertThat(next.complete()).hasSize(2).first().asString().endsWith("chk-2");
        List<StoredCheckpoint> retained =
                next.complete().stream().map(this::adopted).toList();
        retained.forEach(checkpoint -> next.adopt(checkpoint, RecoveryClaimMode.NO_CLAIM));
        List<StoredCheckpoint> owned = retained.stream()
                .map(checkpoint -> next.adopt(checkpoint, RecoveryClaimMode.CLAIM))
                .toList();
        StoredCheckpoint third = taken(next, 3, States.keyedBytes(owned.get(0).operators()));
        assertThat(third.files().get(0).crc32c()).isPresent();

        next.drop(owned.get(0));
        next.drop(owned.get(1));
        assertThat(files()).containsExactly(JOB + "/chk-3/_metadata", JOB + "/shared/1-*");
        next.drop(third);
        assertThat(files()).isEmpty();
    }

    private StoredCheckpoint adopted(String pointer) {
        try {
            return CheckpointLoader.load(pointer, LOADER);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aNextProcessSweepsWhatNeverBecameACheckpoint() throws IOException {
        taken(directory, 4);
        CheckpointWrite lost = directory.begin(5);
        States.write(lost, CheckpointedStateScope.EXCLUSIVE, States.bytes(500, 1));
        States.write(lost, CheckpointedStateScope.SHARED, States.bytes(500, 1));
        Files.createDirectories(job().resolve("mine"));
        Files.writeString(job().resolve("mine/notes"), "kept");
        Files.writeString(job().resolve("shared/notes"), "kept");

        reopened().leftovers().sweep();

        assertThat(files())
                .containsExactly(
                        JOB + "/chk-4/_metadata", JOB + "/mine/notes", JOB + "/shared/4-*", JOB + "/shared/notes");
        assertThat(job().resolve("chk-5")).doesNotExist();
    }

    @Test
    void aNextProcessSweepsCheckpointsThatNobodyWasToldOf() throws IOException {
        taken(directory, 3);
        taken(directory, 4);
        taken(directory, 5);
        taken(directory, 7);

        reopened().leftovers().sweep(4, 7, List.of());

        assertThat(files())
                .containsExactly(
                        JOB + "/chk-3/_metadata",
                        JOB + "/chk-4/_metadata",
                        JOB + "/chk-7/_metadata",
                        JOB + "/shared/3-*",
                        JOB + "/shared/4-*",
                        JOB + "/shared/7-*");

        reopened().leftovers().sweep(4, 8, List.of());

        assertThat(files())
                .containsExactly(
                        JOB + "/chk-3/_metadata", JOB + "/chk-4/_metadata", JOB + "/shared/3-*", JOB + "/shared/4-*");
    }

    @Test
    void aNextProcessSweepsSharedFilesThatNoCheckpointNeeds() throws IOException {
        taken(directory, 3);
        taken(directory, 4);
        taken(directory, 5);
        // a process that dies amid deleting one has got that far
        Files.delete(job().resolve("chk-4/_metadata"));
        Files.writeString(job().resolve("chk-3/_metadata"), "damaged");

        reopened().leftovers().sweep();

        assertThat(job().resolve("chk-4")).doesNotExist();
        assertThat(files()).contains(JOB + "/shared/3-*", JOB + "/shared/4-*", JOB + "/shared/5-*");
        Files.delete(job().resolve("chk-3/_metadata"));

        reopened().leftovers().sweep();

        assertThat(files()).containsExactly(JOB + "/chk-5/_metadata", JOB + "/shared/5-*");
    }

    @Test
    void whenNothingIsLeftNoDirectoryIs() throws IOException {
        StoredCheckpoint only = taken(directory, 1);

        directory.tidy();
        CheckpointLoader.verify(only, true);
        directory.drop(only);
        directory.tidy();
        directory.tidy();

        assertThat(base).isEmptyDirectory();
    }

    @Test
    void nothingIsSweptWhereJobsShareADirectory() throws IOException {
        CheckpointDirectory flat = CheckpointDirectory.open(settings(false), JOB, "");
        States.write(flat.begin(5), CheckpointedStateScope.EXCLUSIVE, States.bytes(500, 1));

        CheckpointDirectory.open(settings(false), new JobID(), "").leftovers().sweep();

        assertThat(files()).containsExactly("chk-5/*");
    }

    @Test
    void aCheckpointIsNotOverwritten() throws IOException {
        StoredCheckpoint first = taken(directory, 1);

        assertThatThrownBy(() -> directory.begin(1)).hasMessageContaining("there is a checkpoint 1 already");
        CheckpointLoader.verify(first, true);
    }

    @Test
    void anUnclaimedCheckpointIsNotDropped() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        CheckpointDirectory other = CheckpointDirectory.open(settings(true), new JobID(), "");

        other.drop(other.adopt(CheckpointLoader.load(first.pointer(), LOADER), RecoveryClaimMode.NO_CLAIM));
        CheckpointLoader.verify(first, true);

        assertThatThrownBy(() -> other.adopt(first, RecoveryClaimMode.valueOf("LEGACY")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("claim mode LEGACY is not supported: nobody would own the files of checkpoint 1");
    }

    @Test
    void aClaimedOneOfAnotherJobIsDroppedWithItsSharedFilesWhichNothingNewNeeds() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        Files.writeString(job().resolve("chk-1/notes"), "somebody's");
        JobID otherJob = new JobID();
        CheckpointDirectory other = CheckpointDirectory.open(settings(true), otherJob, "");
        StoredCheckpoint claimed = other.adopt(CheckpointLoader.load(first.pointer(), LOADER), RecoveryClaimMode.CLAIM);
        // the other job may clean up there when it runs again
        CheckpointWrite second = other.begin(2);
        assertThatThrownBy(() -> second.reusePreviousStateHandle(List.of(States.keyedBytes(claimed.operators()))))
                .hasMessageContaining("cannot use files of an earlier checkpoint");
        second.abort();

        other.drop(claimed);
        assertThat(files()).containsExactly(JOB + "/chk-1/notes");
    }

    @Test
    void aClaimedOneOfTheJobsOwnIsDroppedWithItsSharedFilesOnceNoOtherNeedsThem() throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        CheckpointDirectory next = reopened();
        StoredCheckpoint claimed = next.adopt(CheckpointLoader.load(first.pointer(), LOADER), RecoveryClaimMode.CLAIM);
        StoredCheckpoint second = taken(next, 2, States.keyedBytes(claimed.operators()));

        next.drop(claimed);
        CheckpointLoader.verify(CheckpointLoader.load(second.pointer(), LOADER), true);
        next.drop(second);

        assertThat(files()).isEmpty();
    }

    /** Two that share a file, and one that shares none, in another job's directory or its own. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatEarlierProcessesDidNotGetToDeleteGoesAndNothingThatOthersNeed(boolean own) throws IOException {
        StoredCheckpoint first = taken(directory, 1);
        StoredCheckpoint second = taken(directory, 2, States.keyedBytes(first.operators()));
        StoredCheckpoint third = taken(directory, 3);
        CheckpointDirectory next = own ? reopened() : CheckpointDirectory.open(settings(true), new JobID(), "");
        // whoever started from it without claiming it owns nothing of it
        next.adopt(second, RecoveryClaimMode.NO_CLAIM);
        List<String> left = List.of(
                first.pointer(),
                third.pointer(),
                new org.apache.flink.core.fs.Path(directory.path(), "chk-9").toString());

        assertThat(next.leftovers().drop(left, List.of(second), LOADER)).isEmpty();
        next.leftovers().sweep();

        CheckpointLoader.verify(CheckpointLoader.load(second.pointer(), LOADER), true);
        assertThat(files()).containsExactly(JOB + "/chk-2/_metadata", JOB + "/shared/1-*");
    }

    @Test
    void whatCannotBeDeletedIsTriedAgain() throws IOException {
        StoredCheckpoint damaged = taken(directory, 1);
        Files.writeString(job().resolve("chk-1/_metadata"), "damaged");

        assertThat(reopened().leftovers().drop(List.of(damaged.pointer()), List.of(), LOADER))
                .containsExactly(damaged.pointer());
    }

    @Test
    void whatIsSetAsideIsNotSwept() throws IOException {
        taken(directory, 4);
        StoredCheckpoint unusable = taken(directory, 5);
        taken(directory, 6);

        directory.leftovers().setAside(unusable.directory(), "a file is damaged");
        reopened().leftovers().sweep(4, 7, List.of());

        assertThat(files())
                .containsExactly(
                        JOB + "/chk-4/_metadata",
                        JOB + "/chk-5/_metadata",
                        JOB + "/chk-5/_unusable",
                        JOB + "/shared/4-*",
                        JOB + "/shared/5-*");
        assertThat(job().resolve("chk-5/_unusable")).hasContent("a file is damaged");
    }

    @Test
    void aFallbackIsFoundAndSaysWhy() throws IOException {
        taken(directory, 1);
        StoredCheckpoint second = taken(directory, 2);
        StoredCheckpoint third = taken(directory, 3);
        byte[] manifest = Files.readAllBytes(job().resolve("chk-3/_metadata"));
        Files.write(job().resolve("chk-3/_metadata"), Arrays.copyOf(manifest, manifest.length - 9));
        Files.delete(Path.of(second.files().get(0).path().toUri()));

        CheckpointLoader.Usable usable = CheckpointLoader.latestUsable(directory.complete(), LOADER, LocalCopies.NONE);

        assertThat(usable.checkpoint().id()).isEqualTo(1);
        assertThat(usable.passedOver()).hasSize(2);
        assertThat(usable.passedOver().get(third.pointer()))
                .hasMessageContaining(third.metadata() + " is corrupt at byte ")
                .hasMessageContaining("truncated or damaged");
        assertThat(usable.passedOver().get(second.pointer()))
                .hasMessageContaining("checkpoint 2 at " + second.directory() + " cannot be restored: file "
                        + second.files().get(0).path() + " is missing");
    }

    @Test
    void damageOfAPartIsFound() throws IOException {
        StoredCheckpoint stored = taken(directory, 1);
        Path part = Path.of(stored.files().get(0).path().toUri());
        byte[] bytes = Files.readAllBytes(part);

        bytes[17] ^= 1;
        Files.write(part, bytes);
        CheckpointLoader.verify(stored, false);
        assertThatThrownBy(() -> CheckpointLoader.verify(stored, true))
                .hasMessageContaining(part.getFileName() + " has crc32c=");
        Files.write(part, new byte[3]);
        assertThatThrownBy(() -> CheckpointLoader.verify(stored, false))
                .hasMessageContaining(part.getFileName() + " has length=3 != written=500");
    }

    @Test
    void whatIsNoCheckpointSaysSo() throws IOException {
        assertThatThrownBy(() -> CheckpointLoader.load(base.resolve("none").toString(), LOADER))
                .hasMessageContaining("Cannot find checkpoint or savepoint file/directory");
        assertThatThrownBy(() -> CheckpointLoader.load(base.toString(), LOADER))
                .hasMessageContaining("Cannot find meta data file '_metadata' in directory");
        Path text = Files.writeString(base.resolve("text"), "hello");
        assertThatThrownBy(() -> CheckpointLoader.load(text.toString(), LOADER))
                .hasMessageContaining("text of 5 bytes is not the metadata of a checkpoint or savepoint");
    }

    @Test
    void aNativeSavepointIsAManifestInADirectoryOfItsOwn() throws IOException {
        CheckpointWrite write =
                directory.beginSavepoint(5, base.resolve("saved").toString(), SavepointFormatType.NATIVE);
        StreamStateHandle bytes = States.write(write, CheckpointedStateScope.SHARED, States.bytes(500, 1));
        StoredCheckpoint stored = write.commit(1, States.ofOne(bytes), List.of());
        assertThat(stored.owned()).isFalse();
        assertThat(stored.directory().getName())
                .matches("savepoint-" + JOB.toString().substring(0, 6) + "-[0-9a-f]{12}");
        Path moved = Files.move(Path.of(stored.directory().toUri()), base.resolve("moved"));

        StoredCheckpoint loaded = CheckpointLoader.load(moved.toString(), LOADER);
        CheckpointLoader.verify(loaded, true);
        assertThat(loaded.kind()).isEqualTo(Manifest.Kind.SAVEPOINT);
        assertThat(loaded.format()).isEqualTo(StoredCheckpoint.Format.WEIR);

        CheckpointLoader.dispose(moved.toString(), LOADER);
        assertThat(moved).doesNotExist();
    }

    @Test
    void aSavepointNeedsATarget() {
        assertThatThrownBy(() -> directory.beginSavepoint(5, null, SavepointFormatType.NATIVE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("No savepoint location given and no default location configured.");
    }
}

package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.state.Snapshots.Format;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.changelog.SequenceNumber;
import org.apache.flink.runtime.state.changelog.inmemory.InMemoryChangelogStateHandle;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory.FsCheckpointStateOutputStream;
import org.apache.flink.util.StateMigrationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of snapshots that are cancelled, fail, or cannot be read. */
final class SnapshotTest {

    private static final KeyGroupRange RANGE = KeyGroupRange.of(0, 15);
    private static final ValueStateDescriptor<List<Integer>> VALUE =
            new ValueStateDescriptor<>("value", new ListSerializer<>(IntSerializer.INSTANCE));

    private final BackendPair.Shape<String> shape = new BackendPair.Shape<>(StringSerializer.INSTANCE, 16);
    private final List<Integer> stored = new ArrayList<>(List.of(1, 2, 3));
    private AbstractKeyedStateBackend<String> backend;

    @TempDir
    private Path directory;

    @BeforeEach
    void oneValue() throws Exception {
        backend = shape.ours(RANGE, List.of());
        backend.setCurrentKey("key");
        state(backend, VALUE).update(stored);
    }

    private static <S extends State> S state(AbstractKeyedStateBackend<String> of, StateDescriptor<S, ?> descriptor)
            throws Exception {
        return of.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    private CheckpointStreamFactory files() {
        org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(directory.toUri());
        return new FsCheckpointStreamFactory(LocalFileSystem.getSharedInstance(), path, path, 0, 4096);
    }

    private List<Path> written() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        }
    }

    private static KeyedStateHandle run(RunnableFuture<SnapshotResult<KeyedStateHandle>> future) throws Exception {
        future.run();
        return future.get().getJobManagerOwnedSnapshot();
    }

    /** Whether the store copies the value before it hands it out: true while a cut needs it. */
    private boolean copiesValue() throws Exception {
        return state(backend, VALUE).value() != stored;
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aSnapshotCancelledBeforeItIsWrittenKeepsNothing(Format format) throws Exception {
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future = Snapshots.take(backend, format, files());
        assertThat(future.cancel(true)).isTrue();
        future.run();
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        assertThat(written()).isEmpty();
        assertThat(copiesValue()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aSnapshotCancelledWhileItIsWrittenLeavesNoFile(Format format) throws Exception {
        List<RunnableFuture<?>> running = new ArrayList<>();
        CheckpointStreamFactory cancelling =
                new Disturbed(files(), () -> running.get(0).cancel(true));
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future = Snapshots.take(backend, format, cancelling);
        running.add(future);
        future.run();
        // it was cancelled by its own thread
        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        assertThat(written()).isEmpty();
        assertThat(copiesValue()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aSnapshotThatFailsLeavesNoFile(Format format) throws Exception {
        CheckpointStreamFactory full = new Disturbed(files(), () -> {
            throw new IOException("no space left");
        });
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future = Snapshots.take(backend, format, full);
        future.run();
        assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasMessageContaining("no space left");
        assertThat(written()).isEmpty();
        assertThat(copiesValue()).isFalse();
        // and the next one is as good as any
        AbstractKeyedStateBackend<String> restored =
                shape.ours(RANGE, List.of(run(Snapshots.take(backend, format, files()))));
        restored.setCurrentKey("key");
        assertThat(state(restored, VALUE).value()).isEqualTo(stored);
    }

    @Test
    void disposalCancelsWhatIsBeingWritten() throws Exception {
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
                Snapshots.take(backend, Format.CHECKPOINT, new Disturbed(files(), backend::dispose));
        future.run();
        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        assertThat(written()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aBackendWithoutStatesGivesNoHandle(Format format) throws Exception {
        assertThat(run(Snapshots.take(shape.ours(RANGE, List.of()), format))).isNull();
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void stateThatNobodyAsksForIsKept(Format format) throws Exception {
        AbstractKeyedStateBackend<String> second = shape.ours(RANGE, List.of(run(Snapshots.take(backend, format))));
        AbstractKeyedStateBackend<String> third = shape.flinks(RANGE, List.of(run(Snapshots.take(second, format))));
        third.setCurrentKey("key");
        assertThat(state(third, VALUE).value()).containsExactly(1, 2, 3);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void emptyListsAndMapsAreHandledAsFlinkDoes(Format format) throws Exception {
        MapStateDescriptor<String, Long> map =
                new MapStateDescriptor<>("map", StringSerializer.INSTANCE, LongSerializer.INSTANCE);
        List<Integer> entries = new ArrayList<>();
        for (AbstractKeyedStateBackend<String> written : List.of(backend, shape.flinks(RANGE, List.of()))) {
            written.setCurrentKey("key");
            state(written, VALUE).update(List.of());
            state(written, map).put("a", 1L);
            Iterator<Map.Entry<String, Long>> only = state(written, map).iterator();
            only.next();
            only.remove();
            AbstractKeyedStateBackend<String> restored =
                    shape.ours(RANGE, List.of(run(Snapshots.take(written, format))));
            restored.setCurrentKey("key");
            assertThat(state(restored, map).isEmpty()).isTrue();
            entries.add(restored.numKeyValueStateEntries());
        }
        assertThat(entries.get(0)).isEqualTo(entries.get(1));
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void whatHasExpiredIsLeftOut(Format format) throws Exception {
        ListStateDescriptor<String> list = new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
        list.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(50))
                .cleanupFullSnapshot()
                .build());
        AbstractKeyedStateBackend<String> written = shape.ours(RANGE, List.of());
        for (String key : List.of("a", "b", "c")) {
            written.setCurrentKey(key);
            state(written, list).add("early");
        }
        shape.clock().millis += 30;
        written.setCurrentKey("b");
        state(written, list).add("late");
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future = Snapshots.take(written, format);
        shape.clock().millis += 30;
        AbstractKeyedStateBackend<String> restored = shape.flinks(RANGE, List.of(run(future)));
        assertThat(restored.numKeyValueStateEntries()).isEqualTo(1);
        shape.clock().millis -= 30;
        restored.setCurrentKey("b");
        assertThat(state(restored, list).get()).containsExactly("late");
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void anotherTypeOfKeyIsRefused(Format format) throws Exception {
        KeyedStateHandle handle = run(Snapshots.take(backend, format));
        BackendPair.Shape<Long> other = new BackendPair.Shape<>(LongSerializer.INSTANCE, 16);
        assertThatThrownBy(() -> other.ours(RANGE, List.of(handle)))
                .isInstanceOf(BackendBuildingException.class)
                .hasCauseInstanceOf(StateMigrationException.class)
                .hasMessageContaining("The new key serializer");
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aFileThatIsCutOffIsNamed(Format format) throws Exception {
        KeyedStateHandle handle = run(Snapshots.take(backend, format, files()));
        Path file = written().get(0);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() - 8);
        }
        assertThatThrownBy(() -> shape.ours(RANGE, List.of(handle)))
                .isInstanceOf(BackendBuildingException.class)
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageContaining("startKeyGroup=0");
        Files.delete(file);
        assertThatThrownBy(() -> shape.ours(RANGE, List.of(handle)))
                .isInstanceOf(BackendBuildingException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    @Test
    void aSnapshotOfAnotherBackendIsRefused() {
        KeyedStateHandle changelog =
                new InMemoryChangelogStateHandle(List.of(), SequenceNumber.of(0), SequenceNumber.of(1), RANGE);
        assertThatThrownBy(() -> shape.ours(RANGE, List.of(changelog)))
                .isInstanceOf(BackendBuildingException.class)
                .hasMessageContaining("Unexpected state handle type");
    }

    /** Streams of another factory, which do something when the first byte is written to them. */
    private record Disturbed(CheckpointStreamFactory streams, Disturbance disturbance)
            implements CheckpointStreamFactory {
        interface Disturbance {
            void happen() throws IOException;
        }

        @Override
        public CheckpointStateOutputStream createCheckpointStateOutputStream(CheckpointedStateScope scope)
                throws IOException {
            FsCheckpointStateOutputStream stream =
                    (FsCheckpointStateOutputStream) streams.createCheckpointStateOutputStream(scope);
            return new CheckpointStateOutputStream() {
                @Override
                public StreamStateHandle closeAndGetHandle() throws IOException {
                    return stream.closeAndGetHandle();
                }

                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    stream.write(bytes, offset, length);
                    stream.flushToFile();
                    disturbance.happen();
                }

                @Override
                public long getPos() throws IOException {
                    return stream.getPos();
                }

                @Override
                public void flush() throws IOException {
                    stream.flush();
                }

                @Override
                public void sync() throws IOException {
                    stream.sync();
                }

                @Override
                public void close() {
                    stream.close();
                }
            };
        }

        @Override
        public boolean canFastDuplicate(StreamStateHandle handle, CheckpointedStateScope scope) {
            return false;
        }

        @Override
        public List<StreamStateHandle> duplicate(List<StreamStateHandle> handles, CheckpointedStateScope scope) {
            return handles;
        }
    }
}

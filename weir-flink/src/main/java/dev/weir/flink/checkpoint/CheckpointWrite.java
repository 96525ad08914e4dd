package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.checkpoint.manifest.ManifestWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint that is being written. Tasks get streams from it; at last it is committed or aborted. Until it is committed
 * it does not exist, and when it is aborted nothing of it is left once the streams that are open are closed. Thread-safe.
 *
 * <p>Files are deleted here, by who needs them. {@code discardState} of a handle knows nothing of that, and may take a
 * shared file from another checkpoint.
 */
public final class CheckpointWrite implements CheckpointStreamFactory {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointWrite.class);

    private final CheckpointDirectory job;
    private final long id;
    private final Manifest.Kind kind;
    private final StoredCheckpoint.Format format;
    private final Path home;
    private final Layout layout;
    private final List<Path> own = new ArrayList<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private State state = State.OPEN;

    /** Open files, and the abort until it has deleted what is its business: the last of them deletes the directory. */
    private int holders;

    private enum State {
        OPEN,
        COMMITTING,
        COMMITTED,
        ABORTED
    }

    /**
     * A checkpoint without files.
     *
     * @param home the directory of its metadata
     * @param layout where its data goes: into the same directory, but where entropy is injected
     */
    CheckpointWrite(
            CheckpointDirectory job,
            long id,
            Manifest.Kind kind,
            StoredCheckpoint.Format format,
            Path home,
            Layout layout) {
        this.job = job;
        this.id = id;
        this.kind = kind;
        this.format = format;
        this.home = home;
        this.layout = layout;
    }

    /** The checkpoint's number. */
    public long id() {
        return id;
    }

    /** Where its metadata will be. */
    public Path directory() {
        return home;
    }

    /** Not a savepoint. */
    boolean isCheckpoint() {
        return kind == Manifest.Kind.CHECKPOINT;
    }

    @Override
    public CheckpointStateOutputStream createCheckpointStateOutputStream(CheckpointedStateScope scope) {
        return create(scope, null);
    }

    /** As {@link #createCheckpointStateOutputStream}, with a copy of the file, if there is to be one, in a directory. */
    CheckpointStateOutputStream createTwofold(CheckpointedStateScope scope, java.nio.file.Path directory) {
        return create(scope, directory);
    }

    private CheckpointStateOutputStream create(CheckpointedStateScope scope, java.nio.file.@Nullable Path copies) {
        Path directory = scope == CheckpointedStateScope.EXCLUSIVE ? layout.exclusive() : layout.shared();
        boolean exclusive = directory.equals(layout.exclusive());
        // The number tells, after a crash, which shared files were written for a checkpoint that never came to exist.
        String name = exclusive ? StateFileStream.randomName() : id + "-" + StateFileStream.randomName();
        return new StateFileStream(
                job.files(),
                directory,
                name,
                exclusive,
                job.settings(),
                new StreamOwner(!exclusive),
                copies == null ? null : new LocalCopy(copies.resolve(name)));
    }

    @Override
    public boolean canFastDuplicate(StreamStateHandle handle, CheckpointedStateScope scope) {
        return false;
    }

    @Override
    public List<StreamStateHandle> duplicate(List<StreamStateHandle> handles, CheckpointedStateScope scope) {
        throw new UnsupportedOperationException("files are not duplicated, see canFastDuplicate");
    }

    /**
     * The files of these handles are kept for as long as this checkpoint may need them.
     *
     * @throws IllegalStateException if one of them has gone with the last checkpoint that needed it
     */
    @Override
    public void reusePreviousStateHandle(Collection<? extends StreamStateHandle> handles) {
        List<Path> files = handles.stream()
                .flatMap(StateFiles::streams)
                .flatMap(handle -> handle.maybeGetPath().stream())
                .toList();
        synchronized (this) {
            if (state != State.OPEN || !job.owners().join(this, files)) {
                throw new IllegalStateException(
                        this + " cannot use files of an earlier checkpoint: that one is gone, or this one over");
            }
        }
    }

    /**
     * Makes the checkpoint exist: writes its metadata, last and as a whole. Blocks for the file system.
     *
     * @throws IOException if that failed; the checkpoint is aborted then
     */
    public StoredCheckpoint commit(
            long triggeredMillis, Map<OperatorID, OperatorState> operators, Collection<MasterState> masters)
            throws IOException {
        synchronized (this) {
            requireOpen();
            state = State.COMMITTING;
        }
        try {
            return committed(triggeredMillis, operators, masters);
        } finally {
            if (!isAborted()) {
                over.complete(null);
            }
        }
    }

    private synchronized boolean isAborted() {
        return state == State.ABORTED;
    }

    private StoredCheckpoint committed(
            long triggeredMillis, Map<OperatorID, OperatorState> operators, Collection<MasterState> masters)
            throws IOException {
        Path metadata = CheckpointDirectory.metadataIn(home);
        StoredCheckpoint stored;
        try {
            byte[] bytes = metadata(triggeredMillis, operators.values(), masters);
            stored = new StoredCheckpoint(
                    id,
                    triggeredMillis,
                    kind,
                    format,
                    kind == Manifest.Kind.CHECKPOINT,
                    home,
                    metadata,
                    bytes.length,
                    new LinkedHashMap<>(operators),
                    List.copyOf(masters),
                    files(operators.values()));
            if (layout.exclusive().equals(home) && !layout.shared().equals(home)) {
                job.files().syncDirectory(layout.shared());
            }
            job.files().publish(metadata, bytes);
        } catch (IOException | RuntimeException | Error e) {
            if (aborted(State.COMMITTING)) {
                discard();
            }
            throw new IOException(this + " could not be committed: " + e.getMessage(), e);
        }
        synchronized (this) {
            state = State.COMMITTED;
            job.owners().add(stored, stored.sharedFiles());
            // no other checkpoint will name them
            own.forEach(job.owners()::forget);
        }
        if (isCheckpoint()) {
            job.local().confirmed(id);
        }
        letGo();
        return stored;
    }

    private List<StateFile> files(Collection<OperatorState> operators) {
        return StateFiles.of(operators).stream()
                .map(file ->
                        new StateFile(file.path(), file.length(), job.owners().checksum(file.path())))
                .toList();
    }

    private byte[] metadata(long triggeredMillis, Collection<OperatorState> operators, Collection<MasterState> masters)
            throws IOException {
        if (format == StoredCheckpoint.Format.FLINK) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            CheckpointProperties properties = CheckpointProperties.forSavepoint(false, SavepointFormatType.CANONICAL);
            Checkpoints.storeCheckpointMetadata(new CheckpointMetadata(id, operators, masters, properties), bytes);
            return bytes.toByteArray();
        }
        return ManifestWriter.write(new ManifestAssembly(layout, job.owners())
                .assemble(
                        ManifestAssembly.id(job.jobId()), job.jobKey(), id, triggeredMillis, kind, operators, masters));
    }

    /**
     * Gives the checkpoint up and deletes what was written for it. Does nothing if it is over already, or being committed:
     * then the commit decides what becomes of it.
     */
    public void abort() {
        if (aborted(State.OPEN)) {
            discard();
        }
    }

    private synchronized boolean aborted(State from) {
        if (state != from) {
            return false;
        }
        state = State.ABORTED;
        holders++;
        return true;
    }

    /**
     * Done once the checkpoint exists, or is given up and nothing of it is left: subtasks that were writing at that moment
     * have to find out first. Completed by whoever is last.
     */
    public CompletableFuture<Void> over() {
        return over;
    }

    private void discard() {
        try {
            if (isCheckpoint()) {
                job.local().dropped(id);
            }
            letGo();
            synchronized (this) {
                own.forEach(job.owners()::forget);
            }
            StoredFiles.delete(
                    own.stream().filter(file -> !home.equals(file.getParent())).toList());
        } catch (IOException | RuntimeException e) {
            LOG.warn("files of {} could not be deleted", this, e);
        } finally {
            leave();
        }
    }

    private void leave() {
        boolean last;
        synchronized (this) {
            holders--;
            last = state == State.ABORTED && holders == 0;
        }
        if (last) {
            removeDirectory();
        }
    }

    private void letGo() {
        try {
            job.owners().releaseAndDelete(this);
        } catch (IOException e) {
            LOG.warn("shared files of {} could not be deleted; the next start tries again", this, e);
        }
    }

    /** By the last holder: a file that is created meanwhile would bring the directory back. */
    private void removeDirectory() {
        try {
            job.files().delete(home, true);
        } catch (IOException | RuntimeException e) {
            LOG.warn("files of {} could not be deleted; the next start tries again", this, e);
        } finally {
            over.complete(null);
        }
    }

    private void requireOpen() throws IOException {
        if (state != State.OPEN) {
            throw new IOException(
                    this + (state == State.ABORTED ? " has been aborted" : " is complete, nothing can be added"));
        }
    }

    @Override
    public String toString() {
        return (kind == Manifest.Kind.SAVEPOINT ? "savepoint " : "checkpoint ") + id + " at " + home;
    }

    /** One stream's bond to this checkpoint. */
    private final class StreamOwner implements StateFileStream.Owner {
        private final boolean shared;

        StreamOwner(boolean shared) {
            this.shared = shared;
        }

        @Override
        public void opening() throws IOException {
            synchronized (CheckpointWrite.this) {
                requireOpen();
                holders++;
            }
        }

        @Override
        public void writing() throws IOException {
            synchronized (CheckpointWrite.this) {
                requireOpen();
            }
        }

        @Override
        public void completed(Path file, int crc32c) throws IOException {
            synchronized (CheckpointWrite.this) {
                requireOpen();
                holders--;
                job.owners().checksum(file, crc32c);
                if (shared) {
                    job.owners().add(CheckpointWrite.this, List.of(file));
                } else {
                    own.add(file);
                }
            }
        }

        @Override
        public void abandoned(Path file) {
            // a file system may refuse to delete for a thread that is interrupted
            boolean interrupted = Thread.interrupted();
            try {
                job.files().delete(file, false);
            } catch (IOException | RuntimeException e) {
                LOG.warn("state file {} could not be deleted", file, e);
            } finally {
                leave();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}

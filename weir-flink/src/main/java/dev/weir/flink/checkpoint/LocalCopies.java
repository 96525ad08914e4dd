package dev.weir.flink.checkpoint;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local copies of a job's keyed state: {@code slot-N/chk-M/NAME}, where the name is that of the file in the checkpoint.
 * The checkpoint's manifest says how long each is and what its checksum is, so nothing else has to be known of a copy, in
 * the next process neither.
 *
 * <p>The copies of the newest complete checkpoint are kept, and those of later ones that are being written, however many
 * checkpoints are. Nothing that goes wrong here is thrown. Thread-safe.
 */
public final class LocalCopies {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCopies.class);
    private static final Pattern CHECKPOINT = Pattern.compile("chk-(\\d{1,18})");
    private static final int CHUNK_BYTES = 1 << 16;

    /** None are written and none are read. */
    public static final LocalCopies NONE = new LocalCopies(List.of(), false, false);

    private final List<Path> roots;
    private final boolean writing;
    private final boolean reading;

    LocalCopies(List<Path> roots, boolean writing, boolean reading) {
        this.roots = roots;
        this.writing = writing;
        this.reading = reading;
    }

    /**
     * What the options say.
     *
     * @param jobId names the job's directory where several jobs may have theirs
     * @param own a directory of the job's that outlives the process; null where there is none
     */
    public static LocalCopies of(Configuration options, String jobId, @Nullable Path own) {
        boolean writing = options.get(CheckpointingOptions.LOCAL_BACKUP_ENABLED);
        boolean reading = options.get(StateRecoveryOptions.LOCAL_RECOVERY);
        if (!writing && !reading) {
            return NONE;
        }
        List<Path> roots = new ArrayList<>();
        for (String configured : ConfigurationUtils.parseLocalStateDirectories(options)) {
            roots.add(Path.of(configured.trim(), "weir-" + jobId));
        }
        if (roots.isEmpty() && own != null) {
            roots.add(own);
        }
        if (roots.isEmpty()) {
            for (String tmp : ConfigurationUtils.parseTempDirectories(options)) {
                roots.add(new File(tmp, "weir-local-" + jobId).toPath());
            }
        }
        return new LocalCopies(List.copyOf(roots), writing, reading);
    }

    /** The directory of a slot: slots take turns with the directories that are configured. */
    Path slot(int slot) {
        return roots.get(slot % roots.size()).resolve("slot-" + slot);
    }

    /** Whether a slot still has what it had. True where nobody has anything. */
    public boolean isUsable(int slot) {
        return roots.isEmpty() || Files.isDirectory(slot(slot));
    }

    /** Makes the directories of slots. */
    public void prepare(Collection<Integer> slots) {
        for (int slot : roots.isEmpty() ? List.<Integer>of() : slots) {
            try {
                Files.createDirectories(slot(slot));
            } catch (IOException e) {
                LOG.warn("slot {} has no directory, and so no local copies: {}", slot, e.toString());
            }
        }
    }

    // ---- writing

    /** Where a subtask writes its part of a checkpoint. */
    public CheckpointStreamFactory streams(CheckpointWrite write, int slot) {
        return writing && write.isCheckpoint() ? new Twofold(write, slot(slot).resolve("chk-" + write.id())) : write;
    }

    private record Twofold(CheckpointWrite write, Path directory) implements TwofoldStreams {
        @Override
        public CheckpointStateOutputStream createTwofold(CheckpointedStateScope scope) {
            return write.createTwofold(scope, directory);
        }

        @Override
        public void keep(StreamStateHandle written, Path same) {
            written.maybeGetPath().ifPresent(file -> LocalCopy.keep(directory.resolve(file.getName()), same));
        }

        @Override
        public CheckpointStateOutputStream createCheckpointStateOutputStream(CheckpointedStateScope scope) {
            return write.createCheckpointStateOutputStream(scope);
        }

        @Override
        public boolean canFastDuplicate(StreamStateHandle handle, CheckpointedStateScope scope) {
            return write.canFastDuplicate(handle, scope);
        }

        @Override
        public List<StreamStateHandle> duplicate(List<StreamStateHandle> handles, CheckpointedStateScope scope) {
            return write.duplicate(handles, scope);
        }

        @Override
        public void reusePreviousStateHandle(Collection<? extends StreamStateHandle> handles) {
            write.reusePreviousStateHandle(handles);
        }
    }

    /** A checkpoint is complete: copies of earlier ones are of no more use. */
    void confirmed(long id) {
        delete(other -> other < id);
    }

    /** A checkpoint was given up. */
    void dropped(long id) {
        delete(other -> other == id);
    }

    /** The job goes on from a checkpoint in a new process: what others have left is of no more use. */
    public void only(long id) {
        delete(other -> other != id);
    }

    /** The job is over, or begins anew. */
    public void discard() {
        for (Path root : roots) {
            try {
                FileUtils.deleteDirectory(root.toFile());
            } catch (IOException e) {
                LOG.warn("local copies in {} could not be deleted: {}", root, e.toString());
            }
        }
    }

    private void delete(LongPredicate which) {
        for (Path checkpoint : checkpoints()) {
            Matcher name = CHECKPOINT.matcher(checkpoint.getFileName().toString());
            if (name.matches() && which.test(Long.parseLong(name.group(1)))) {
                try {
                    FileUtils.deleteDirectory(checkpoint.toFile());
                } catch (IOException e) {
                    LOG.warn("local copies in {} could not be deleted: {}", checkpoint, e.toString());
                }
            }
        }
    }

    private List<Path> checkpoints() {
        List<Path> checkpoints = new ArrayList<>();
        for (Path root : roots) {
            for (Path slot : children(root)) {
                checkpoints.addAll(children(slot));
            }
        }
        return checkpoints;
    }

    private static List<Path> children(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} cannot be listed: {}", directory, e.toString());
            return List.of();
        }
    }

    // ---- reading

    /**
     * A copy of a state file.
     *
     * @param length of the file in bytes
     * @param crc32c of all its bytes
     */
    record Found(Path file, long length, int crc32c) {
        /** Fails unless the copy is as the file was written. */
        void verify() throws IOException {
            long present = Files.size(file);
            if (present != length) {
                throw new IOException(file + " has length=" + present + " != written=" + length);
            }
            CRC32C crc = new CRC32C();
            byte[] chunk = new byte[CHUNK_BYTES];
            try (InputStream in = Files.newInputStream(file)) {
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    crc.update(chunk, 0, count);
                }
            }
            if ((int) crc.getValue() != crc32c) {
                throw new IOException(
                        "%s has crc32c=%08x != written=%08x".formatted(file, (int) crc.getValue(), crc32c));
            }
        }
    }

    /** The copies that there are of a checkpoint's files, good or not. Immutable. */
    public static final class Index {
        /** No copies. */
        public static final Index NONE = new Index(Map.of());

        private final Map<org.apache.flink.core.fs.Path, Found> copies;

        private Index(Map<org.apache.flink.core.fs.Path, Found> copies) {
            this.copies = copies;
        }

        /** Whether the checkpoint can do without a file. Reads the whole copy. */
        boolean replaces(StateFile file) {
            Found copy = copies.get(file.path());
            if (copy == null) {
                return false;
            }
            try {
                copy.verify();
                return true;
            } catch (IOException e) {
                LOG.warn("local copy {} cannot be used: {}", copy.file(), e.toString());
                return false;
            }
        }

        /** The same state, each part of which is read from its copy where there is a good one. */
        public OperatorSubtaskState localFirst(OperatorSubtaskState state) {
            if (copies.isEmpty()) {
                return state;
            }
            return state.toBuilder()
                    .setManagedKeyedState(localFirst(state.getManagedKeyedState()))
                    .setRawKeyedState(localFirst(state.getRawKeyedState()))
                    .build();
        }

        private StateObjectCollection<KeyedStateHandle> localFirst(StateObjectCollection<KeyedStateHandle> handles) {
            return new StateObjectCollection<>(
                    handles.stream().map(this::localFirst).toList());
        }

        private KeyedStateHandle localFirst(KeyedStateHandle handle) {
            if (handle instanceof IncrementalRemoteKeyedStateHandle database) {
                return IncrementalRemoteKeyedStateHandle.restore(
                        database.getBackendIdentifier(),
                        database.getKeyGroupRange(),
                        database.getCheckpointId(),
                        localFirst(database.getSharedState()),
                        localFirst(database.getPrivateState()),
                        localFirst(database.getMetaDataStateHandle()),
                        database.getCheckpointedSize(),
                        database.getStateHandleId());
            }
            if (handle.getClass() == KeyGroupsStateHandle.class) {
                KeyGroupsStateHandle groups = (KeyGroupsStateHandle) handle;
                return KeyGroupsStateHandle.restore(
                        groups.getGroupRangeOffsets(),
                        localFirst(groups.getDelegateStateHandle()),
                        groups.getStateHandleId());
            }
            return handle instanceof KeyGroupsSavepointStateHandle canonical
                    ? new KeyGroupsSavepointStateHandle(
                            canonical.getGroupRangeOffsets(), localFirst(canonical.getDelegateStateHandle()))
                    : handle;
        }

        private List<HandleAndLocalPath> localFirst(List<HandleAndLocalPath> files) {
            return files.stream()
                    .map(file -> HandleAndLocalPath.of(localFirst(file.getHandle()), file.getLocalPath()))
                    .toList();
        }

        private StreamStateHandle localFirst(StreamStateHandle handle) {
            Found copy = handle.maybeGetPath().map(copies::get).orElse(null);
            return copy == null ? handle : new LocalFirstHandle(handle, copy);
        }
    }

    /** Looks for copies of a checkpoint's files, in all slots: after rescaling a file's state is no one slot's. */
    public Index index(StoredCheckpoint checkpoint) {
        if (!reading) {
            return Index.NONE;
        }
        Map<String, Path> byName = new HashMap<>();
        for (Path directory : checkpoints()) {
            if (directory.endsWith("chk-" + checkpoint.id())) {
                children(directory)
                        .forEach(file -> byName.put(file.getFileName().toString(), file));
            }
        }
        Map<org.apache.flink.core.fs.Path, Found> copies = new HashMap<>();
        for (StateFile file : checkpoint.files()) {
            Path copy = byName.get(file.path().getName());
            if (copy != null && file.crc32c().isPresent()) {
                copies.put(
                        file.path(),
                        new Found(copy, file.length(), file.crc32c().getAsInt()));
            }
        }
        return new Index(copies);
    }
}

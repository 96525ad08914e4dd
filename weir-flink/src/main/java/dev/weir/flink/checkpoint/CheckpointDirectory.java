package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.storage.Disk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one job, laid out as Flink does: {@code <dir>/<job id>/chk-N}, {@code shared} and {@code taskowned}
 * beside them. Knows which of the shared files each checkpoint needs. Thread-safe; every call blocks for the file system.
 */
public final class CheckpointDirectory {
    private static final int NAME_ATTEMPTS = 10;
    private static final Pattern CHECKPOINT_NAME =
            Pattern.compile(Pattern.quote(AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX) + "(\\d{1,18})");

    private final CheckpointSettings settings;
    private final JobID jobId;
    private final String jobKey;
    private final CheckpointFiles files;
    private final Path directory;
    private final Path data;
    private final LocalCopies local;
    private final FileOwners owners = new FileOwners();
    private final FileOwners claimed = new FileOwners();

    private CheckpointDirectory(
            CheckpointSettings settings,
            JobID jobId,
            String jobKey,
            CheckpointFiles files,
            Path data,
            LocalCopies local) {
        this.settings = settings;
        this.jobId = jobId;
        this.jobKey = jobKey;
        this.files = files;
        this.directory = Entropy.without(files.fileSystem(), data);
        this.data = data;
        this.local = local;
    }

    /**
     * Finds the file system; creates nothing yet.
     *
     * @param jobKey what the id was derived from, or empty
     */
    public static CheckpointDirectory open(CheckpointSettings settings, JobID jobId, String jobKey) throws IOException {
        return open(settings, jobId, jobKey, LocalCopies.NONE);
    }

    /**
     * As {@link #open(CheckpointSettings, JobID, String)}.
     *
     * @param local second copies of what is written
     */
    public static CheckpointDirectory open(CheckpointSettings settings, JobID jobId, String jobKey, LocalCopies local)
            throws IOException {
        return open(settings, jobId, jobKey, local, Disk.local());
    }

    static CheckpointDirectory open(
            CheckpointSettings settings, JobID jobId, String jobKey, LocalCopies local, Disk disk) throws IOException {
        FileSystem fileSystem =
                FileSystem.getUnguardedFileSystem(settings.directory().toUri());
        Path base = settings.directory().makeQualified(fileSystem);
        Path job = settings.jobSubdirectory() ? new Path(base, jobId.toString()) : base;
        return new CheckpointDirectory(settings, jobId, jobKey, new CheckpointFiles(fileSystem, disk), job, local);
    }

    CheckpointSettings settings() {
        return settings;
    }

    CheckpointFiles files() {
        return files;
    }

    FileOwners owners() {
        return owners;
    }

    LocalCopies local() {
        return local;
    }

    JobID jobId() {
        return jobId;
    }

    String jobKey() {
        return jobKey;
    }

    /** Where the job's checkpoints are. */
    public Path path() {
        return directory;
    }

    /**
     * Begins a checkpoint.
     *
     * @throws IOException if its directory cannot be created, or holds a checkpoint already
     */
    public CheckpointWrite begin(long id) throws IOException {
        Path home = chk(directory, id);
        if (files.fileSystem().exists(metadataIn(home))) {
            throw new IOException("there is a checkpoint " + id + " already: " + home);
        }
        Layout layout = Layout.ofCheckpoint(data, chk(data, id));
        try {
            if (home.equals(layout.exclusive())) {
                files.createDirectories(layout.shared());
                files.createDirectories(layout.taskOwned());
            }
            files.createDirectories(home);
        } catch (IOException e) {
            throw new IOException("checkpoint " + id + " has no directory: " + e.getMessage(), e);
        }
        return new CheckpointWrite(this, id, Manifest.Kind.CHECKPOINT, StoredCheckpoint.Format.WEIR, home, layout);
    }

    /**
     * Begins a savepoint in a new directory, named as Flink names them.
     *
     * @param target the directory to make it in; the configured one if null
     * @param format Flink's canonical one, or native: Weir's manifest
     * @throws IOException if its directory cannot be created
     * @throws IllegalArgumentException if there is no target
     */
    public CheckpointWrite beginSavepoint(long id, @Nullable String target, SavepointFormatType format)
            throws IOException {
        Path base = target != null ? new Path(target) : settings.savepointDirectory();
        if (base == null) {
            throw new IllegalArgumentException("No savepoint location given and no default location configured.");
        }
        CheckpointFiles where = CheckpointFiles.of(base);
        if (!where.isLike(files)) {
            return new CheckpointDirectory(settings, jobId, jobKey, where, data, local)
                    .beginSavepoint(id, target, format);
        }
        String prefix = "savepoint-" + jobId.toString().substring(0, 6) + '-';
        IOException failure = null;
        for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
            Path path = new Path(base, FileUtils.getRandomFilename(prefix)).makeQualified(where.fileSystem());
            Path home = Entropy.without(where.fileSystem(), path);
            try {
                if (!where.fileSystem().exists(home)) {
                    where.createDirectories(home);
                    StoredCheckpoint.Format metadata = format == SavepointFormatType.CANONICAL
                            ? StoredCheckpoint.Format.FLINK
                            : StoredCheckpoint.Format.WEIR;
                    return new CheckpointWrite(
                            this, id, Manifest.Kind.SAVEPOINT, metadata, home, Layout.ofSavepoint(path));
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        throw new IOException("Failed to create savepoint directory at " + base, failure);
    }

    /**
     * Takes a checkpoint in that was written before this process, to restore from.
     *
     * @param mode who owns it from now on; with CLAIM the job deletes it like one of its own
     * @throws IllegalArgumentException for LEGACY
     */
    public StoredCheckpoint adopt(StoredCheckpoint checkpoint, RecoveryClaimMode mode) {
        if (mode != RecoveryClaimMode.CLAIM && mode != RecoveryClaimMode.NO_CLAIM) {
            throw new IllegalArgumentException("claim mode " + mode
                    + " is not supported: nobody would own the files of " + checkpoint
                    + ", and the job's own checkpoints would need them for an unknown time; use CLAIM or NO_CLAIM");
        }
        StoredCheckpoint adopted = checkpoint.withOwned(mode == RecoveryClaimMode.CLAIM);
        if (adopted.owned()) {
            // files in another job's directory are deleted with their checkpoint, but nothing new may need them:
            // its owner may clean up there
            (isOwn(adopted) ? owners : claimed).add(adopted, adopted.sharedFiles());
        }
        for (StateFile file : adopted.files()) {
            file.crc32c().ifPresent(crc -> owners.checksum(file.path(), crc));
        }
        return adopted;
    }

    /**
     * Deletes a checkpoint that the job owns: its metadata, its own files, and the shared ones that no other one needs. Does
     * nothing to one that is not owned.
     */
    public void drop(StoredCheckpoint checkpoint) throws IOException {
        if (!checkpoint.owned()) {
            return;
        }
        try {
            // Its own directory may have late files of tasks as well. A claimed one may have files of somebody else.
            StoredFiles.delete(checkpoint, isOwn(checkpoint));
        } finally {
            owners.releaseAndDelete(checkpoint);
            claimed.releaseAndDelete(checkpoint);
        }
    }

    /** Whether it lies in the job's own directory, whoever wrote it. */
    boolean isOwn(StoredCheckpoint checkpoint) {
        return directory.equals(checkpoint.directory().getParent());
    }

    /** What earlier processes have left. */
    public Leftovers leftovers() {
        return new Leftovers(this);
    }

    /** The number of the latest complete checkpoint; 0 if there is none. */
    public long newest() throws IOException {
        return ids().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Pointers to the job's complete checkpoints, the latest first. */
    public List<String> complete() throws IOException {
        return ids().stream()
                .sorted(Comparator.reverseOrder())
                .map(id -> chk(directory, id).toString())
                .toList();
    }

    private List<Long> ids() throws IOException {
        List<Long> ids = new ArrayList<>();
        for (FileStatus entry : files.list(directory)) {
            OptionalLong id = number(entry);
            if (id.isPresent() && files.fileSystem().exists(metadataIn(entry.getPath()))) {
                ids.add(id.getAsLong());
            }
        }
        return ids;
    }

    /** Deletes the job's own directories if there is nothing in them, once the job is over. */
    public void tidy() throws IOException {
        if (!settings.jobSubdirectory()) {
            return;
        }
        Layout layout = Layout.ofCheckpoint(directory, directory);
        for (Path each : List.of(layout.shared(), layout.taskOwned(), directory)) {
            if (files.list(each).length == 0) {
                files.delete(each, false);
            }
        }
    }

    /** The number of a directory of a checkpoint. */
    static OptionalLong number(FileStatus entry) {
        Matcher matcher = CHECKPOINT_NAME.matcher(entry.getPath().getName());
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    private static Path chk(Path directory, long id) {
        return new Path(directory, AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX + id);
    }

    static Path metadataIn(Path checkpoint) {
        return new Path(checkpoint, AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME);
    }
}

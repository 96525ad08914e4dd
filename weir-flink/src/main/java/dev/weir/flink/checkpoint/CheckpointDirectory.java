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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one job, laid out as Flink does: {@code <dir>/<job id>/chk-N}, {@code shared} and {@code taskowned}
 * beside them. Knows which of the shared files each checkpoint needs. Thread-safe; every call blocks for the file system.
 */
public final class CheckpointDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointDirectory.class);
    private static final int NAME_ATTEMPTS = 10;
    private static final Pattern CHECKPOINT_NAME =
            Pattern.compile(Pattern.quote(AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX) + "(\\d{1,18})");
    private static final Pattern SHARED_NAME = Pattern.compile("(\\d{1,18})-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final CheckpointSettings settings;
    private final JobID jobId;
    private final String jobKey;
    private final CheckpointFiles files;
    private final Path directory;
    private final LocalCopies local;
    private final FileOwners owners = new FileOwners();

    private CheckpointDirectory(
            CheckpointSettings settings,
            JobID jobId,
            String jobKey,
            CheckpointFiles files,
            Path directory,
            LocalCopies local) {
        this.settings = settings;
        this.jobId = jobId;
        this.jobKey = jobKey;
        this.files = files;
        this.directory = directory;
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
        Layout layout = Layout.ofCheckpoint(directory, chk(id));
        if (files.fileSystem().exists(metadataIn(layout.exclusive()))) {
            throw new IOException("there is a checkpoint " + id + " already: " + layout.exclusive());
        }
        try {
            files.createDirectories(layout.shared());
            files.createDirectories(layout.taskOwned());
            files.createDirectories(layout.exclusive());
        } catch (IOException e) {
            throw new IOException("checkpoint " + id + " has no directory: " + e.getMessage(), e);
        }
        return new CheckpointWrite(this, id, Manifest.Kind.CHECKPOINT, StoredCheckpoint.Format.WEIR, layout);
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
        if (!where.fileSystem().getUri().equals(files.fileSystem().getUri())) {
            return new CheckpointDirectory(settings, jobId, jobKey, where, directory, local)
                    .beginSavepoint(id, target, format);
        }
        String prefix = "savepoint-" + jobId.toString().substring(0, 6) + '-';
        IOException failure = null;
        for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
            Path path = new Path(base, FileUtils.getRandomFilename(prefix)).makeQualified(where.fileSystem());
            try {
                if (!where.fileSystem().exists(path)) {
                    where.createDirectories(path);
                    StoredCheckpoint.Format metadata = format == SavepointFormatType.CANONICAL
                            ? StoredCheckpoint.Format.FLINK
                            : StoredCheckpoint.Format.WEIR;
                    return new CheckpointWrite(this, id, Manifest.Kind.SAVEPOINT, metadata, Layout.ofSavepoint(path));
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
            owners.add(adopted, adopted.sharedFiles());
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
        // Its own directory may have late files of tasks as well. A claimed one may have files of somebody else.
        boolean own = directory.equals(checkpoint.directory().getParent());
        try {
            StoredFiles.delete(checkpoint, own);
        } finally {
            owners.releaseAndDelete(checkpoint);
        }
    }

    /** Pointers to the job's complete checkpoints, the latest first. */
    public List<String> complete() throws IOException {
        List<Long> ids = new ArrayList<>();
        for (FileStatus entry : files.list(directory)) {
            OptionalLong id = number(CHECKPOINT_NAME, entry);
            if (id.isPresent() && files.fileSystem().exists(metadataIn(entry.getPath()))) {
                ids.add(id.getAsLong());
            }
        }
        return ids.stream()
                .sorted(Comparator.reverseOrder())
                .map(id -> chk(id).toString())
                .toList();
    }

    /**
     * Deletes what an earlier process left of checkpoints that never came to exist. To be called before the first one
     * begins. Where jobs share a directory nothing is deleted: it might be another job's.
     */
    public void sweep() throws IOException {
        sweep(Long.MAX_VALUE, 0);
    }

    /**
     * As {@link #sweep()}, and of those that exist and that nobody was told of.
     *
     * @param latest the newest that anybody knows of
     * @param next above the number of each that an earlier process began; what comes from there on is not touched
     */
    public void sweep(long latest, long next) throws IOException {
        if (!settings.jobSubdirectory()) {
            return;
        }
        long newest = -1;
        for (FileStatus entry : files.list(directory)) {
            OptionalLong id = number(CHECKPOINT_NAME, entry);
            if (id.isEmpty()) {
                continue;
            }
            boolean complete = files.fileSystem().exists(metadataIn(entry.getPath()));
            boolean untold = id.getAsLong() > latest && id.getAsLong() < next;
            if (complete && !untold) {
                newest = Math.max(newest, id.getAsLong());
            } else {
                String what = complete ? "is a checkpoint that nobody was told of" : "is an incomplete checkpoint";
                LOG.info("{} {}: deleted", entry.getPath(), what);
                files.delete(entry.getPath(), true);
            }
        }
        for (FileStatus entry :
                files.list(Layout.ofCheckpoint(directory, directory).shared())) {
            OptionalLong writer = number(SHARED_NAME, entry);
            if (writer.isPresent() && writer.getAsLong() > newest && !owners.owned(entry.getPath())) {
                files.delete(entry.getPath(), false);
            }
        }
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

    private static OptionalLong number(Pattern pattern, FileStatus entry) {
        Matcher matcher = pattern.matcher(entry.getPath().getName());
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    private Path chk(long id) {
        return new Path(directory, AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX + id);
    }

    private static Path metadataIn(Path checkpoint) {
        return new Path(checkpoint, AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME);
    }
}

package dev.weir.flink.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What earlier processes have left in a job's directory: they may have died at any instant. Called while no checkpoint is
 * being written; every call blocks for the file system. Where jobs share a directory nothing is looked for: it might be another
 * job's.
 */
public final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Pattern SHARED_NAME = Pattern.compile("(\\d{1,18})-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final String UNUSABLE = "_unusable";

    private final CheckpointDirectory job;
    private final CheckpointFiles files;

    Leftovers(CheckpointDirectory job) {
        this.job = job;
        this.files = job.files();
    }

    /** Marks a checkpoint that cannot be used: it stays for people to look at, who find the reason beside it. */
    public void setAside(Path checkpoint, String reason) {
        Path marker = new Path(checkpoint, UNUSABLE);
        try {
            files.publish(marker, (reason + '\n').getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn("{} could not be written, so the next process may delete what is beside it", marker, e);
        }
    }

    /**
     * Deletes checkpoints that the job has no more. Of their shared files those stay that a checkpoint needs which is there,
     * be it the job's or not.
     *
     * @param needed checkpoints in other places that are not to be harmed
     * @param userLoader for classes in Flink's metadata
     * @return pointers to those that could not be deleted
     */
    public List<String> drop(Collection<String> pointers, Collection<StoredCheckpoint> needed, ClassLoader userLoader) {
        List<String> failed = new ArrayList<>();
        List<StoredCheckpoint> dropped = new ArrayList<>();
        for (String pointer : pointers) {
            try {
                StoredCheckpoint left = CheckpointLoader.load(pointer, userLoader);
                StoredFiles.delete(left, job.isOwn(left));
                dropped.add(left);
            } catch (FileNotFoundException e) {
                LOG.debug("{} is gone already", pointer, e);
            } catch (IOException e) {
                LOG.warn("{} could not be deleted", pointer, e);
                failed.add(pointer);
            }
        }
        try {
            // those in the job's own directory are left to the sweep
            Path swept = Layout.ofCheckpoint(job.path(), job.path()).shared();
            List<Path> elsewhere = dropped.stream()
                    .flatMap(checkpoint -> checkpoint.sharedFiles().stream()
                            .filter(file -> !job.settings().jobSubdirectory()
                                    || !job.isOwn(checkpoint)
                                    || (Entropy.belongs(file.getParent(), swept) && !swept.equals(file.getParent()))))
                    .toList();
            if (!elsewhere.isEmpty()) {
                deleteUnneeded(elsewhere, complete(), needed);
            }
        } catch (IOException e) {
            LOG.warn("shared files of {} could not be deleted", dropped, e);
        }
        return failed;
    }

    /** Deletes what is left of checkpoints that never came to exist, or exist no more. */
    public void sweep() throws IOException {
        sweep(Long.MAX_VALUE, 0, List.of());
    }

    /**
     * As {@link #sweep()}, and of those that exist and that nobody was told of.
     *
     * @param latest the newest that anybody knows of
     * @param next above the number of each that an earlier process began; what comes from there on is not touched
     * @param needed checkpoints that stay, whatever their number
     */
    public void sweep(long latest, long next, Collection<StoredCheckpoint> needed) throws IOException {
        if (!job.settings().jobSubdirectory()) {
            return;
        }
        // by number, as a path may have several spellings
        Set<Long> stay = needed.stream().map(StoredCheckpoint::id).collect(Collectors.toSet());
        long newest = -1;
        for (FileStatus entry : files.list(job.path())) {
            OptionalLong id = CheckpointDirectory.number(entry);
            if (id.isEmpty()) {
                continue;
            }
            boolean exists = isComplete(entry.getPath());
            boolean untold = id.getAsLong() > latest
                    && id.getAsLong() < next
                    && !stay.contains(id.getAsLong())
                    && !isSetAside(entry.getPath());
            if (exists && !untold) {
                newest = Math.max(newest, id.getAsLong());
            } else {
                String what = exists ? "is a checkpoint that nobody was told of" : "is an incomplete checkpoint";
                LOG.info("{} {}: deleted", entry.getPath(), what);
                files.delete(entry.getPath(), true);
            }
        }
        List<Path> unowned = new ArrayList<>();
        for (FileStatus entry :
                files.list(Layout.ofCheckpoint(job.path(), job.path()).shared())) {
            Matcher name = SHARED_NAME.matcher(entry.getPath().getName());
            if (!name.matches() || job.owners().owned(entry.getPath())) {
                continue;
            }
            if (Long.parseLong(name.group(1)) > newest) {
                files.delete(entry.getPath(), false);
            } else {
                unowned.add(entry.getPath());
            }
        }
        if (!unowned.isEmpty()) {
            // a process may have died when the metadata of a checkpoint was deleted and its shared files were not
            deleteUnneeded(unowned, complete(), List.of());
        }
    }

    private boolean isComplete(Path checkpoint) throws IOException {
        return files.fileSystem().exists(CheckpointDirectory.metadataIn(checkpoint));
    }

    private boolean isSetAside(Path checkpoint) throws IOException {
        return files.fileSystem().exists(new Path(checkpoint, UNUSABLE));
    }

    private List<Path> complete() throws IOException {
        List<Path> complete = new ArrayList<>();
        for (FileStatus entry : files.list(job.path())) {
            if (CheckpointDirectory.number(entry).isPresent() && isComplete(entry.getPath())) {
                complete.add(entry.getPath());
            }
        }
        return complete;
    }

    private void deleteUnneeded(
            Collection<Path> shared, Collection<Path> complete, Collection<StoredCheckpoint> alsoNeeded)
            throws IOException {
        Set<Path> needed = needed(complete);
        if (needed == null) {
            return;
        }
        alsoNeeded.forEach(checkpoint -> needed.addAll(checkpoint.sharedFiles()));
        StoredFiles.delete(
                shared.stream().filter(file -> !needed.contains(file)).toList());
    }

    /** Shared files that checkpoints need; null where that cannot be known. */
    private @Nullable Set<Path> needed(Collection<Path> complete) {
        Set<Path> needed = new HashSet<>();
        for (Path checkpoint : complete) {
            try {
                needed.addAll(CheckpointLoader.load(checkpoint.toString(), Leftovers.class.getClassLoader())
                        .sharedFiles());
            } catch (IOException e) {
                LOG.warn("shared files stay: {} cannot be read, and may need them", checkpoint, e);
                return null;
            }
        }
        return needed;
    }
}

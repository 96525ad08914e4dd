package dev.weir.flink.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.zip.CRC32C;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;

/** The files of checkpoints that exist: checked before a restore, deleted after their time. */
final class StoredFiles {
    private static final int CHUNK_BYTES = 1 << 16;

    private StoredFiles() {}

    /**
     * Checks that every file is there and as long as it was written.
     *
     * @param checksums whether to read all files and compare their checksums, where these are known
     * @param local copies that may stand in for files that are not there
     * @throws IOException naming the checkpoint and the file
     */
    static void verify(StoredCheckpoint checkpoint, boolean checksums, LocalCopies.Index local) throws IOException {
        for (StateFile file : checkpoint.files()) {
            try {
                verify(checkpoint, file, checksums);
            } catch (IOException e) {
                if (!local.replaces(file)) {
                    throw e;
                }
            }
        }
    }

    private static void verify(StoredCheckpoint checkpoint, StateFile file, boolean checksums) throws IOException {
        CheckpointFiles files = CheckpointFiles.of(file.path());
        FileStatus status;
        try {
            status = files.fileSystem().getFileStatus(file.path());
        } catch (FileNotFoundException e) {
            throw new FileNotFoundException(checkpoint + " cannot be restored: file " + file.path() + " is missing");
        }
        if (file.length() >= 0 && status.getLen() != file.length()) {
            throw new IOException("%s cannot be restored: file %s has length=%d != written=%d"
                    .formatted(checkpoint, file.path(), status.getLen(), file.length()));
        }
        if (checksums && file.crc32c().isPresent()) {
            int crc = checksum(files, file.path());
            if (crc != file.crc32c().getAsInt()) {
                throw new IOException("%s cannot be restored: file %s has crc32c=%08x != written=%08x"
                        .formatted(checkpoint, file.path(), crc, file.crc32c().getAsInt()));
            }
        }
    }

    private static int checksum(CheckpointFiles files, Path file) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = files.fileSystem().open(file)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                crc.update(chunk, 0, count);
            }
        }
        return (int) crc.getValue();
    }

    /**
     * Deletes a checkpoint but for its shared files, the metadata first: then it no longer exists, whatever happens to the
     * rest.
     *
     * @param wholeDirectory whether all that is in its directory is its own
     */
    static void delete(StoredCheckpoint checkpoint, boolean wholeDirectory) throws IOException {
        CheckpointFiles files = CheckpointFiles.of(checkpoint.directory());
        files.delete(checkpoint.metadata(), false);
        files.syncDirectory(checkpoint.directory());
        if (wholeDirectory) {
            files.delete(checkpoint.directory(), true);
            delete(checkpoint.ownFiles().stream()
                    .filter(file -> !checkpoint.directory().equals(file.getParent()))
                    .toList());
            return;
        }
        delete(checkpoint.ownFiles());
        if (files.list(checkpoint.directory()).length == 0) {
            files.delete(checkpoint.directory(), false);
        }
    }

    /** Deletes files; tries every one. */
    static void delete(Collection<Path> paths) throws IOException {
        IOException failure = null;
        for (Path path : paths) {
            try {
                CheckpointFiles.of(path).delete(path, false);
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

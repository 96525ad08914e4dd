package dev.weir.flink.checkpoint;

import dev.weir.engine.storage.AtomicFile;
import dev.weir.engine.storage.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.util.FileUtils;

/**
 * What makes files durable, by file system. On a local one names and bytes have to be forced to the disk; elsewhere a file
 * is durable and visible as a whole when its stream is closed.
 */
final class CheckpointFiles {
    private final FileSystem fileSystem;
    private final Disk disk;

    CheckpointFiles(FileSystem fileSystem, Disk disk) {
        this.fileSystem = fileSystem;
        this.disk = disk;
    }

    /** The file system of a path, without the net that Flink puts under user code: these files outlive a task. */
    static CheckpointFiles of(Path path) throws IOException {
        return new CheckpointFiles(FileSystem.getUnguardedFileSystem(path.toUri()), Disk.local());
    }

    FileSystem fileSystem() {
        return fileSystem;
    }

    /** Whether paths mean the same in both; a file system that injects entropy may have the URI of one that does not. */
    boolean isLike(CheckpointFiles other) {
        return fileSystem.getUri().equals(other.fileSystem.getUri())
                && fileSystem.getClass() == other.fileSystem.getClass();
    }

    boolean local() {
        return "file".equals(fileSystem.getUri().getScheme());
    }

    void createDirectories(Path directory) throws IOException {
        if (local()) {
            disk.createDirectories(onDisk(directory));
        } else if (!fileSystem.mkdirs(directory)) {
            throw new IOException("directory " + directory + " could not be created");
        }
    }

    /** Closes a file such that its bytes are durable. */
    void closeDurably(FSDataOutputStream out) throws IOException {
        try (out) {
            out.flush();
            if (local()) {
                out.sync();
            }
        }
    }

    /** Makes durable which files are in a directory. */
    void syncDirectory(Path directory) throws IOException {
        if (local()) {
            disk.syncDirectory(onDisk(directory));
        }
    }

    /** Creates a file that is there with all its bytes or not at all. It must not exist. */
    void publish(Path file, byte[] bytes) throws IOException {
        if (fileSystem.exists(file)) {
            throw new IOException("Target file " + file + " already exists.");
        }
        if (local()) {
            AtomicFile.replace(disk, onDisk(file), bytes);
            return;
        }
        RecoverableWriter writer;
        try {
            writer = fileSystem.createRecoverableWriter();
        } catch (UnsupportedOperationException e) {
            writeOnce(file, bytes);
            return;
        }
        try (RecoverableFsDataOutputStream out = writer.open(file)) {
            out.write(bytes);
            out.closeForCommit().commit();
        }
    }

    private void writeOnce(Path file, byte[] bytes) throws IOException {
        try {
            try (FSDataOutputStream out = fileSystem.create(file, FileSystem.WriteMode.NO_OVERWRITE)) {
                out.write(bytes);
            }
        } catch (IOException e) {
            try {
                fileSystem.delete(file, false);
            } catch (IOException litter) {
                e.addSuppressed(litter);
            }
            throw e;
        }
    }

    byte[] read(Path file) throws IOException {
        try (InputStream in = fileSystem.open(file)) {
            return in.readAllBytes();
        }
    }

    /** Deletes a file or directory, if it is there. Others may be deleting what is in it. */
    void delete(Path path, boolean recursive) throws IOException {
        if (recursive && local()) {
            // the file system's own ends at the first file that has gone meanwhile
            FileUtils.deleteFileOrDirectory(onDisk(path).toFile());
            return;
        }
        if (!fileSystem.delete(path, recursive) && fileSystem.exists(path)) {
            throw new IOException(path + " could not be deleted");
        }
    }

    /** What is in a directory; nothing if it does not exist. */
    FileStatus[] list(Path directory) throws IOException {
        try {
            FileStatus[] entries = fileSystem.listStatus(directory);
            return entries == null ? new FileStatus[0] : entries;
        } catch (FileNotFoundException e) {
            return new FileStatus[0];
        }
    }

    private static java.nio.file.Path onDisk(Path path) {
        return LocalFileSystem.getSharedInstance().pathToFile(path).toPath();
    }
}

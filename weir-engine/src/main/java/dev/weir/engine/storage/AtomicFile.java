package dev.weir.engine.storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Replaces a file such that whoever reads it, after a crash at any instruction too, finds the old bytes or the new ones:
 * write beside it, fsync, rename, fsync the directory.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /**
     * Replaces or creates a file; durable when this returns. What else was written to the directory before is durable
     * before the file appears under its name.
     *
     * @throws IOException if it failed; what was there before is there still
     */
    public static void replace(Disk disk, Path file, byte[] bytes) throws IOException {
        Path directory = directoryOf(file);
        Path beside = besideOf(file);
        try {
            disk.write(beside, bytes);
            disk.syncDirectory(directory);
            disk.move(beside, file);
        } catch (IOException e) {
            try {
                disk.delete(beside);
            } catch (IOException litter) {
                e.addSuppressed(litter);
            }
            throw e;
        }
        disk.syncDirectory(directory);
    }

    /** Where the bytes are while they are written; to be ignored by readers. */
    public static Path besideOf(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".inprogress");
    }

    private static Path directoryOf(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException(file + " has no directory");
        }
        return directory;
    }
}

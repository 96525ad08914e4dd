package dev.weir.engine.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The operations on a local file system that durability is made of. */
public interface Disk {
    /** Creates a directory and those above it, where they are missing; durable when it returns. */
    void createDirectories(Path directory) throws IOException;

    /** What is in a directory, in no order; nothing if it does not exist. */
    List<Path> list(Path directory) throws IOException;

    /** All bytes of a file. */
    byte[] read(Path file) throws IOException;

    /**
     * Creates or overwrites a file. Its bytes are durable when this returns, its name is not before {@link
     * #syncDirectory}. A crash on the way leaves any part of them.
     */
    void write(Path file, byte[] bytes) throws IOException;

    /** Makes durable which names are in a directory. */
    void syncDirectory(Path directory) throws IOException;

    /** Renames a file within a directory, over another one if there is one; atomic, durable after a sync. */
    void move(Path from, Path to) throws IOException;

    /** Deletes a file or an empty directory, if it is there. */
    void delete(Path file) throws IOException;

    /** The disks of this machine. */
    static Disk local() {
        return LocalDisk.INSTANCE;
    }
}

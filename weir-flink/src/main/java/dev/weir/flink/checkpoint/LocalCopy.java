package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second copy of one state file, as it is written. It is given up with one line in the log at its first failure, and
 * never throws. It is not forced to the disk: before it is read its length and checksum are compared. Used by one thread,
 * but that another may discard it.
 */
final class LocalCopy {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCopy.class);

    private final Path file;
    private @Nullable OutputStream out;
    private boolean over;

    LocalCopy(Path file) {
        this.file = file;
    }

    /** Makes a file a copy: another name of it where the disk is the same, else another file. Throws nothing. */
    static void keep(Path copy, Path same) {
        try {
            Files.createDirectories(copy.getParent());
            try {
                Files.createLink(copy, same);
            } catch (IOException | UnsupportedOperationException e) {
                Files.copy(same, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("local copy {} is given up, the checkpoint goes on without it", copy, e);
        }
    }

    synchronized void write(byte[] bytes, int from, int length) {
        if (over) {
            return;
        }
        try {
            OutputStream open = out;
            if (open == null) {
                Files.createDirectories(file.getParent());
                open = Files.newOutputStream(file);
                out = open;
            }
            open.write(bytes, from, length);
        } catch (IOException | RuntimeException e) {
            LOG.warn("local copy {} is given up, the checkpoint goes on without it", file, e);
            discard();
        }
    }

    /** All is written. */
    synchronized void complete() {
        OutputStream open = out;
        if (over || open == null) {
            return;
        }
        try {
            open.close();
            over = true;
        } catch (IOException e) {
            LOG.warn("local copy {} is given up, the checkpoint goes on without it", file, e);
            discard();
        }
    }

    /** Nobody will need it. */
    synchronized void discard() {
        if (over) {
            return;
        }
        over = true;
        OutputStream open = out;
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException e) {
            LOG.debug("local copy {} was not closed well, and is deleted", file, e);
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("local copy {} could not be deleted; the next checkpoint deletes its directory", file, e);
        }
    }
}

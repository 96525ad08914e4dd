package dev.weir.engine.checkpoint.manifest;

import java.util.OptionalInt;

/**
 * A file that holds state.
 *
 * @param scope what its name is relative to
 * @param name a plain file name, or with {@link Scope#ABSOLUTE} a whole URI
 * @param length its length in bytes
 * @param crc32c the CRC-32C of all its bytes, where it is known
 */
public record StoredFile(Scope scope, String name, long length, OptionalInt crc32c) {

    /** What the name of a file is relative to, and so who owns it. The order is part of the format. */
    public enum Scope {
        /** The directory of the manifest: the file belongs to this checkpoint alone. */
        EXCLUSIVE,
        /** The job's directory {@code shared}: later checkpoints may need it too. */
        SHARED,
        /** The job's directory {@code taskowned}: an operator deletes it. */
        TASK_OWNED,
        /** Anywhere: the name is a URI. */
        ABSOLUTE
    }
}

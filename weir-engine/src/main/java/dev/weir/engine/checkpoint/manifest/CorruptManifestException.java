package dev.weir.engine.checkpoint.manifest;

import java.io.IOException;

/** A manifest that cannot be read. The message names the file and the byte at which reading stopped. */
public final class CorruptManifestException extends IOException {
    CorruptManifestException(String file, int offset, String what) {
        super("manifest " + file + " is corrupt at byte " + offset + ": " + what);
    }
}

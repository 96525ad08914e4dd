package dev.weir.engine.checkpoint.manifest;

/** Where the bytes of some state are. */
public sealed interface Location {
    /** How many bytes there are. */
    long length();

    /** In the manifest itself: small state is not worth a file. The name tells it from other state. */
    record Inline(String name, byte[] bytes) implements Location {
        @Override
        public long length() {
            return bytes.length;
        }
    }

    /** A range of {@link Manifest#files()}'s file at that position. */
    record InFile(int file, long offset, long length) implements Location {}
}

package dev.weir.flink.checkpoint;

import java.io.IOException;
import org.apache.flink.core.fs.EntropyInjectingFileSystem;
import org.apache.flink.core.fs.EntropyInjector;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.util.WrappingProxy;

/**
 * Paths in file systems that put random characters into those of data files, in the place of a marker, to spread load (as
 * {@code s3.entropy.key} says). Metadata lies at the path without the marker, where it can be found again. Stateless.
 */
final class Entropy {
    private Entropy() {}

    /** Where the metadata of a directory is that data is written to: the same where nothing is injected. */
    static Path without(FileSystem fileSystem, Path directory) {
        return EntropyInjector.removeEntropyMarkerIfPresent(fileSystem, directory);
    }

    /** A new path for a file. */
    static Path injected(FileSystem fileSystem, Path file) throws IOException {
        return EntropyInjector.addEntropy(fileSystem, file);
    }

    /**
     * Whether a directory of data files belongs to a directory of metadata: it is the same but for what was injected before
     * its name.
     */
    static boolean belongs(Path data, Path metadata) {
        String longer = data.toUri().getPath();
        String shorter = metadata.toUri().getPath();
        return longer.length() >= shorter.length()
                && data.getName().equals(metadata.getName())
                && startInCommon(longer, shorter) + endInCommon(longer, shorter) >= shorter.length()
                && isInjecting(data);
    }

    private static int startInCommon(String one, String other) {
        int count = 0;
        while (count < other.length() && one.charAt(count) == other.charAt(count)) {
            count++;
        }
        return count;
    }

    private static int endInCommon(String one, String other) {
        int count = 0;
        while (count < other.length()
                && one.charAt(one.length() - 1 - count) == other.charAt(other.length() - 1 - count)) {
            count++;
        }
        return count;
    }

    private static boolean isInjecting(Path path) {
        try {
            Object fileSystem = FileSystem.getUnguardedFileSystem(path.toUri());
            while (fileSystem instanceof WrappingProxy<?> proxy) {
                fileSystem = proxy.getWrappedDelegate();
            }
            return fileSystem instanceof EntropyInjectingFileSystem injecting
                    && injecting.getEntropyInjectionKey() != null;
        } catch (IOException e) {
            // it is not there any more
            return false;
        }
    }
}

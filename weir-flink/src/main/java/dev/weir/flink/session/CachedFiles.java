package dev.weir.flink.session;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.flink.api.common.cache.DistributedCache.DistributedCacheEntry;
import org.apache.flink.core.fs.Path;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/** The files that a job registered for its tasks ({@code registerCachedFile}), each as a copy that is the job's own. */
final class CachedFiles implements AutoCloseable {
    private final Map<String, Future<Path>> entries = new HashMap<>();
    private @Nullable File directory;

    /** Copies the files; blocks. A file that cannot be had fails whoever asks for it, not the job, as in Flink. */
    CachedFiles(Map<String, DistributedCacheEntry> artifacts, File tmp) {
        for (Map.Entry<String, DistributedCacheEntry> artifact : artifacts.entrySet()) {
            CompletableFuture<Path> copy = new CompletableFuture<>();
            try {
                copy.complete(copy(artifact.getValue(), tmp));
            } catch (IOException e) {
                copy.completeExceptionally(e);
            }
            entries.put(artifact.getKey(), copy);
        }
    }

    private Path copy(DistributedCacheEntry entry, File tmp) throws IOException {
        if (directory == null) {
            directory = Files.createTempDirectory(tmp.toPath(), "weir-cache-").toFile();
        }
        Path source = new Path(entry.filePath);
        File own = Files.createTempDirectory(directory.toPath(), "file-").toFile();
        Path target = new Path(own.toURI().toString(), source.getName());
        FileUtils.copy(source, target, Boolean.TRUE.equals(entry.isExecutable));
        return entry.isZipped ? FileUtils.expandDirectory(target, new Path(own.toURI())) : target;
    }

    Map<String, Future<Path>> entries() {
        return entries;
    }

    @Override
    public void close() {
        if (directory != null) {
            FileUtils.deleteDirectoryQuietly(directory);
        }
    }
}

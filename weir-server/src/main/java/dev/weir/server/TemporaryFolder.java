package dev.weir.server;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory for the temporary files of one server. A file in it is locked while the server lives, so that the next server
 * knows those of killed processes, and deletes them: the operating system lets such a lock go.
 */
final class TemporaryFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolder.class);
    private static final String PREFIX = "weir-rest-";
    private static final String LOCK = "lock";

    /** Those of this process: opening and closing such a file once more would let its lock go. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes one, and deletes what killed processes have left beside it. */
    static TemporaryFolder in(Path parent) throws IOException {
        Files.createDirectories(parent);
        sweep(parent.toRealPath());
        Path path = Files.createTempDirectory(parent.toRealPath(), PREFIX);
        OWN.add(path);
        FileChannel channel =
                FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        // a sweeper of another process that looks in between has it for a moment, and deletes it
        FileLock lock = channel.tryLock();
        if (lock == null || !Files.exists(path.resolve(LOCK))) {
            channel.close();
            OWN.remove(path);
            return in(parent);
        }
        return new TemporaryFolder(path, channel);
    }

    private static void sweep(Path parent) {
        List<Path> found;
        try (Stream<Path> all = Files.list(parent)) {
            found = all.filter(each -> String.valueOf(each.getFileName()).startsWith(PREFIX))
                    .filter(each -> Files.isWritable(each.resolve(LOCK)) && !OWN.contains(each))
                    .toList();
        } catch (IOException e) {
            LOG.debug("{} is not looked through", parent, e);
            return;
        }
        for (Path each : found) {
            try (FileChannel channel = FileChannel.open(each.resolve(LOCK), StandardOpenOption.WRITE)) {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    delete(each);
                }
            } catch (IOException e) {
                LOG.debug("{} is not looked at", each, e);
            }
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        delete(path);
        try {
            lock.close();
        } catch (IOException e) {
            LOG.debug("{} stays open", path.resolve(LOCK), e);
        }
        OWN.remove(path);
    }

    private static void delete(Path directory) {
        try {
            FileUtils.deleteDirectory(new File(directory.toString()));
        } catch (IOException e) {
            LOG.debug("temporary files are left", e);
        }
    }
}

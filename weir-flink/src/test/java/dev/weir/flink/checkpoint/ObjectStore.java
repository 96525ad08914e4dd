package dev.weir.flink.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.EntropyInjectingFileSystem;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * A store of objects in memory: an object appears as a whole when its stream is closed, nothing is renamed or appended to,
 * directories are prefixes of names. Can be full, read-only, fail to delete, or inject entropy.
 */
final class ObjectStore extends FileSystem implements EntropyInjectingFileSystem {
    private final URI uri;
    private final NavigableMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
    long bytesLeft = Long.MAX_VALUE;
    boolean readOnly;
    String failingName = "";
    /** How many bytes came at a time. */
    final List<Integer> writes = new CopyOnWriteArrayList<>();

    boolean recoverable;
    /** Null: nothing is injected. */
    String entropyKey;

    private final AtomicInteger injected = new AtomicInteger();
    /** Runs while an object is uploaded. */
    Runnable meanwhile = () -> {};

    ObjectStore(URI uri) {
        this.uri = uri;
    }

    List<String> names() {
        return List.copyOf(objects.keySet());
    }

    @Override
    public String getEntropyInjectionKey() {
        return entropyKey;
    }

    @Override
    public String generateEntropy() {
        return "e" + injected.incrementAndGet();
    }

    private static String key(Path path) {
        return path.toUri().getPath();
    }

    @Override
    public URI getUri() {
        return uri;
    }

    @Override
    public Path getWorkingDirectory() {
        return new Path(uri.toString() + "/");
    }

    @Override
    public Path getHomeDirectory() {
        return getWorkingDirectory();
    }

    @Override
    public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
        if (readOnly) {
            throw new IOException("access denied: " + path);
        }
        if (mode == WriteMode.NO_OVERWRITE && objects.containsKey(key(path))) {
            throw new IOException("there is an object already: " + path);
        }
        return new Upload(path);
    }

    /** Bytes that become an object when they are complete. */
    private final class Upload extends FSDataOutputStream {
        private final Path path;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean closed;

        Upload(Path path) {
            this.path = path;
        }

        @Override
        public long getPos() {
            return bytes.size();
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (bytesLeft < length) {
                throw new IOException("No space left on device");
            }
            bytesLeft -= length;
            writes.add(length);
            bytes.write(from, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void sync() {
            throw new UnsupportedOperationException("an object is durable when it is there");
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            meanwhile.run();
            if (!failingName.isEmpty() && path.getName().contains(failingName)) {
                throw new IOException("upload of " + path + " timed out");
            }
            objects.put(key(path), bytes.toByteArray());
        }
    }

    @Override
    public RecoverableWriter createRecoverableWriter() throws IOException {
        return recoverable ? new TwoStepUploads() : super.createRecoverableWriter();
    }

    /** Uploads that appear when they are committed; Weir opens and commits them, no more. */
    private final class TwoStepUploads implements RecoverableWriter {
        @Override
        public RecoverableFsDataOutputStream open(Path path) {
            Upload upload = new Upload(path);
            return new RecoverableFsDataOutputStream() {
                @Override
                public Committer closeForCommit() {
                    return new Committer() {
                        @Override
                        public void commit() throws IOException {
                            upload.close();
                        }

                        @Override
                        public void commitAfterRecovery() {
                            throw new UnsupportedOperationException();
                        }

                        @Override
                        public CommitRecoverable getRecoverable() {
                            throw new UnsupportedOperationException();
                        }
                    };
                }

                @Override
                public ResumeRecoverable persist() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public long getPos() {
                    return upload.getPos();
                }

                @Override
                public void write(int b) throws IOException {
                    upload.write(b);
                }

                @Override
                public void write(byte[] from, int offset, int length) throws IOException {
                    upload.write(from, offset, length);
                }

                @Override
                public void flush() {}

                @Override
                public void sync() {}

                @Override
                public void close() {}
            };
        }

        @Override
        public RecoverableFsDataOutputStream recover(ResumeRecoverable resumable) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean requiresCleanupOfRecoverableState() {
            return false;
        }

        @Override
        public boolean cleanupRecoverableState(ResumeRecoverable resumable) {
            return false;
        }

        @Override
        public RecoverableFsDataOutputStream.Committer recoverForCommit(CommitRecoverable resumable) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SimpleVersionedSerializer<CommitRecoverable> getCommitRecoverableSerializer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SimpleVersionedSerializer<ResumeRecoverable> getResumeRecoverableSerializer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean supportsResume() {
            return false;
        }
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return open(path);
    }

    @Override
    public FSDataInputStream open(Path path) throws IOException {
        byte[] bytes = objects.get(key(path));
        if (bytes == null) {
            throw new FileNotFoundException(path.toString());
        }
        return new ByteStreamStateHandle(path.toString(), bytes).openInputStream();
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        byte[] bytes = objects.get(key(path));
        if (bytes != null) {
            return new Status(path, bytes.length, false);
        }
        if (objects.keySet().stream().anyMatch(name -> name.startsWith(key(path) + "/"))) {
            return new Status(path, 0, true);
        }
        throw new FileNotFoundException(path.toString());
    }

    @Override
    public FileStatus[] listStatus(Path directory) throws IOException {
        String prefix = key(directory) + "/";
        Set<String> children = new TreeSet<>();
        for (String name : objects.keySet()) {
            if (name.startsWith(prefix)) {
                children.add(name.substring(prefix.length()).split("/", 2)[0]);
            }
        }
        FileStatus[] list = new FileStatus[children.size()];
        int at = 0;
        for (String child : children) {
            list[at++] = getFileStatus(new Path(directory, child));
        }
        return list;
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        if (readOnly) {
            throw new IOException("access denied: " + path);
        }
        boolean deleted = objects.remove(key(path)) != null;
        if (recursive) {
            deleted |= objects.keySet().removeIf(name -> name.startsWith(key(path) + "/"));
        }
        return deleted;
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        if (readOnly) {
            throw new IOException("access denied: " + path);
        }
        return true;
    }

    @Override
    public boolean rename(Path from, Path to) {
        throw new UnsupportedOperationException("objects are not renamed");
    }

    @Override
    public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
        return new BlockLocation[0];
    }

    @Override
    public boolean isDistributedFS() {
        return true;
    }

    private record Status(Path path, long length, boolean directory) implements FileStatus {
        @Override
        public long getLen() {
            return length;
        }

        @Override
        public long getBlockSize() {
            return length;
        }

        @Override
        public short getReplication() {
            return 1;
        }

        @Override
        public long getModificationTime() {
            return 0;
        }

        @Override
        public long getAccessTime() {
            return 0;
        }

        @Override
        public boolean isDir() {
            return directory;
        }

        @Override
        public Path getPath() {
            return path;
        }
    }
}

package org.acme.bucket;

import java.io.IOException;
import java.net.URI;
import java.util.stream.Stream;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** A file system that is not the local one, as far as anybody can tell: {@code bucket:///a/b} is the file {@code /a/b}. */
final class Bucket extends FileSystem {
    private final FileSystem local = new LocalFileSystem();

    private static Path local(Path path) {
        return new Path("file", null, path.toUri().getPath());
    }

    private static final class Entry implements FileStatus {
        private final FileStatus of;

        Entry(FileStatus of) {
            this.of = of;
        }

        @Override
        public long getLen() {
            return of.getLen();
        }

        @Override
        public long getBlockSize() {
            return of.getBlockSize();
        }

        @Override
        public short getReplication() {
            return of.getReplication();
        }

        @Override
        public long getModificationTime() {
            return of.getModificationTime();
        }

        @Override
        public long getAccessTime() {
            return of.getAccessTime();
        }

        @Override
        public boolean isDir() {
            return of.isDir();
        }

        @Override
        public Path getPath() {
            return new Path("bucket", null, of.getPath().toUri().getPath());
        }
    }

    @Override
    public URI getUri() {
        return URI.create("bucket:///");
    }

    @Override
    public Path getWorkingDirectory() {
        return new Path(getUri());
    }

    @Override
    public Path getHomeDirectory() {
        return getWorkingDirectory();
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return new Entry(local.getFileStatus(local(path)));
    }

    @Override
    public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
        return new BlockLocation[0];
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return local.open(local(path), bufferSize);
    }

    @Override
    public FSDataInputStream open(Path path) throws IOException {
        return local.open(local(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        FileStatus[] entries = local.listStatus(local(path));
        return entries == null ? null : Stream.of(entries).map(Entry::new).toArray(FileStatus[]::new);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        return local.delete(local(path), recursive);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        return local.mkdirs(local(path));
    }

    @Override
    public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
        return local.create(local(path), mode);
    }

    @Override
    public boolean rename(Path from, Path to) {
        throw new UnsupportedOperationException("objects are not renamed");
    }

    @Override
    public boolean isDistributedFS() {
        return true;
    }
}

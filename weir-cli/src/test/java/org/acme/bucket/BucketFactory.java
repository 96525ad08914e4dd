package org.acme.bucket;

import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** Makes {@link Bucket}s, of the scheme {@code bucket}. */
public final class BucketFactory implements FileSystemFactory {
    @Override
    public String getScheme() {
        return "bucket";
    }

    @Override
    public FileSystem create(URI uri) {
        return new Bucket();
    }
}

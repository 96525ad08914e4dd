package dev.weir.flink.checkpoint;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** Makes Flink know {@link ObjectStore}s by the scheme {@code objects}, one for each authority. */
public final class ObjectStoreFactory implements FileSystemFactory {
    private static final Map<String, ObjectStore> STORES = new ConcurrentHashMap<>();

    static ObjectStore store(String authority) {
        return STORES.computeIfAbsent(authority, name -> new ObjectStore(URI.create("objects://" + name)));
    }

    @Override
    public String getScheme() {
        return "objects";
    }

    @Override
    public FileSystem create(URI uri) {
        return store(uri.getAuthority());
    }
}

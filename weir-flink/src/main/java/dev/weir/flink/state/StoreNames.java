package dev.weir.flink.state;

import java.util.Locale;
import java.util.Set;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory;
import org.jspecify.annotations.Nullable;

/** The names that configurations have for Flink's own state backends, whose places Weir's stores take. Stateless. */
public final class StoreNames {

    private static final Set<String> HEAP = Set.of(
            StateBackendLoader.HASHMAP_STATE_BACKEND_NAME,
            "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory");

    private static final Set<String> ROCKSDB = Set.of(
            StateBackendLoader.ROCKSDB_STATE_BACKEND_NAME,
            StateBackendLoader.FORST_STATE_BACKEND_NAME,
            EmbeddedRocksDBStateBackend.class.getName(),
            EmbeddedRocksDBStateBackendFactory.class.getName(),
            "org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory",
            "org.apache.flink.state.forst.ForStStateBackendFactory");

    private StoreNames() {}

    /** Whether a name, or none, stands for the heap. */
    public static boolean isHeap(@Nullable String name) {
        return name == null || HEAP.contains(name) || HEAP.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a name stands for RocksDB. */
    public static boolean isRocksDb(String name) {
        return ROCKSDB.contains(name) || ROCKSDB.contains(name.toLowerCase(Locale.ROOT));
    }
}

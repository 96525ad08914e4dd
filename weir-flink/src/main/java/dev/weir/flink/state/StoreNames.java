package dev.weir.flink.state;

import java.util.Locale;
import java.util.Set;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory;
import org.jspecify.annotations.Nullable;

/** The names that configurations have for Weir's stores: those of Flink's own state backends, whose places they take, and one more. Stateless. */
public final class StoreNames {

    /** The name of the store that has state on the heap while it fits, which Flink has no backend for. */
    public static final String TIERED = "tiered";

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

    /** Whether a name stands for the heap with RocksDB underneath. */
    public static boolean isTiered(String name) {
        return TIERED.equalsIgnoreCase(name);
    }

    /** Whether state may come to be in RocksDB under this name, with its options. */
    public static boolean isWithRocksDb(String name) {
        return isRocksDb(name) || isTiered(name);
    }
}

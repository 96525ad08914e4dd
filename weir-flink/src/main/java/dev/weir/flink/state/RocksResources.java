package dev.weir.flink.state;

import dev.weir.rocksdb.DatabaseWatch;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksOptions;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.state.rocksdb.RocksDBResourceContainer;
import org.apache.flink.state.rocksdb.ttl.RocksDbTtlCompactFiltersManager;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.WriteOptions;

/**
 * What one database is opened with, as Flink puts options together: predefined ones, then those of the configuration, then
 * what the user's factory makes of them, then the slot's cache and write buffers. States with TTL are cleaned up in
 * compaction, by Flink's filter.
 */
public final class RocksResources implements RocksOptions, StateRegistry.ColumnListener {

    /**
     * How state comes into a database, and how files move between it and checkpoints.
     *
     * @param transferThreads files at a time
     * @param overlapMin how much of a checkpoint's database a subtask has to need at least, to begin with it
     * @param several whether a subtask begins with the files of several databases
     * @param wholeFiles whether files with other subtasks' key groups only are deleted at once
     * @param compact whether files with other subtasks' key groups are rewritten in the background
     * @param batchBytes how much is collected before it is written; 0 where only the number of changes counts
     */
    public record Restoring(
            int transferThreads,
            double overlapMin,
            boolean several,
            boolean wholeFiles,
            boolean compact,
            long batchBytes) {}

    /**
     * What takes native memory, or counts as if it did.
     *
     * @param container makes the options, and is closed at the end
     * @param cache what all databases of the slot may keep in memory as objects, released at the end; null for none
     */
    public record Parts(RocksDBResourceContainer container, @Nullable OpaqueMemoryResource<CacheBudget> cache) {}

    /** Makes the parts. */
    public interface Making {
        /** Makes them, once at most. */
        Parts make() throws IOException;
    }

    private final Path directory;
    private final Restoring restoring;
    private @Nullable Making making;
    private final TtlTimeProvider clock;
    private final Map<String, RegisteredKeyValueStateBackendMetaInfo<?, ?>> states = new HashMap<>();
    private final @Nullable OpaqueMemoryResource<HeapQuota> heap;
    private final Set<String> columns = new HashSet<>();
    private final Map<String, Runnable> expiries = new HashMap<>();
    private final OrderedKeys.@Nullable Head timersInMemory;
    private final DatabaseWatch watch;
    private @Nullable Parts parts;
    private @Nullable RocksDbTtlCompactFiltersManager filters;
    private @Nullable WriteOptions write;
    private @Nullable ReadOptions read;

    /**
     * Resources of one backend.
     *
     * @param directory of this backend alone, made and removed by the store
     * @param restoring how checkpoints are written and restored
     * @param making asked when the database is opened, which it may never be
     * @param heap what all tiered stores of the slot may have on the heap, released at the end; null where all state is in the
     *     database
     * @param timersInMemory of each key group, where timers are in the database; null where all are on the heap
     * @param watch is told of the database
     * @param clock of state TTL
     */
    public RocksResources(
            Path directory,
            Restoring restoring,
            Making making,
            @Nullable OpaqueMemoryResource<HeapQuota> heap,
            OrderedKeys.@Nullable Head timersInMemory,
            DatabaseWatch watch,
            TtlTimeProvider clock) {
        this.directory = directory;
        this.restoring = restoring;
        this.making = making;
        this.heap = heap;
        this.timersInMemory = timersInMemory;
        this.watch = watch;
        this.clock = clock;
    }

    private Parts parts() {
        Parts present = parts;
        if (present == null) {
            try {
                present = Objects.requireNonNull(making).make();
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
            parts = present;
            making = null;
        }
        return present;
    }

    private RocksDBResourceContainer container() {
        return parts().container();
    }

    private RocksDbTtlCompactFiltersManager filters() {
        RocksDbTtlCompactFiltersManager present = filters;
        if (present == null) {
            present = new RocksDbTtlCompactFiltersManager(
                    clock,
                    container().getQueryTimeAfterNumEntries(),
                    container().getPeriodicCompactionTime());
            filters = present;
        }
        return present;
    }

    /** What state may have on the heap before there is a database; null where there is one from the beginning. */
    @Nullable
    HeapQuota heap() {
        return heap == null ? null : heap.getResourceHandle();
    }

    OrderedKeys.@Nullable Head timersInMemory() {
        return timersInMemory;
    }

    Path directory() {
        return directory;
    }

    Restoring restoring() {
        return restoring;
    }

    @Override
    public void creates(RegisteredKeyValueStateBackendMetaInfo<?, ?> state) {
        states.put(state.getName(), state);
    }

    @Override
    public void registered(StateDescriptor<?, ?> descriptor, TypeSerializer<?> serializer) {
        Runnable expiry = () -> filters().configCompactFilter(descriptor, serializer);
        if (columns.contains(descriptor.getName())) {
            expiry.run();
        } else {
            // the filter is made with the column
            expiries.put(descriptor.getName(), expiry);
        }
    }

    @Override
    public DBOptions database() {
        return container().getDbOptions();
    }

    @Override
    public ColumnFamilyOptions column(String state) {
        ColumnFamilyOptions options = container().getColumnOptions();
        RegisteredKeyValueStateBackendMetaInfo<?, ?> registered = states.get(state);
        if (registered != null) {
            filters().setAndRegisterCompactFilterIfStateTtl(registered, options);
            columns.add(state);
            Runnable expiry = expiries.remove(state);
            if (expiry != null) {
                expiry.run();
            }
        }
        return options;
    }

    @Override
    public WriteOptions write() {
        WriteOptions present = write;
        if (present == null) {
            present = container().getWriteOptions();
            write = present;
        }
        return present;
    }

    @Override
    public ReadOptions read() {
        ReadOptions present = read;
        if (present == null) {
            present = container().getReadOptions();
            read = present;
        }
        return present;
    }

    @Override
    public @Nullable CacheBudget cache() {
        OpaqueMemoryResource<CacheBudget> cache = parts().cache();
        return cache == null ? null : cache.getResourceHandle();
    }

    @Override
    public long batchBytes() {
        return restoring.batchBytes();
    }

    @Override
    public DatabaseWatch watch() {
        return watch;
    }

    @Override
    public void close() {
        RocksDbTtlCompactFiltersManager ofTtl = filters;
        if (ofTtl != null) {
            ofTtl.disposeAndClearRegisteredCompactionFactories();
        }
        Parts made = parts;
        try (OpaqueMemoryResource<CacheBudget> ofCache = made == null ? null : made.cache();
                OpaqueMemoryResource<HeapQuota> ofHeap = heap;
                RocksDBResourceContainer ofOptions = made == null ? null : made.container()) {
            // closes what was made, the options first
        } catch (Exception e) {
            throw new FlinkRuntimeException("cannot close the options of RocksDB in " + directory, e);
        }
    }
}

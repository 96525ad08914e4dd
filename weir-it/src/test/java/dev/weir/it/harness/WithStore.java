package dev.weir.it.harness;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;

/** A runtime with another store than its default. */
public final class WithStore implements Host {
    private final Host host;
    private final Configuration store;

    private WithStore(Host host, Configuration store) {
        this.host = host;
        this.store = store;
    }

    /** With state in RocksDB. */
    public static WithStore rocksDb(Host host) {
        return new WithStore(host, new Configuration().set(StateBackendOptions.STATE_BACKEND, "rocksdb"));
    }

    /**
     * With state on the heap, and in RocksDB what does not fit.
     *
     * @param heapFraction the part of the heap that it may take
     */
    public static WithStore tiered(Host host, double heapFraction) {
        Configuration store = new Configuration().set(StateBackendOptions.STATE_BACKEND, "tiered");
        store.setString("weir.tiered.heap.memory-fraction", Double.toString(heapFraction));
        return new WithStore(host, store);
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public boolean hasTwins() {
        return host.hasTwins();
    }

    @Override
    public PipelineExecutorServiceLoader executors() {
        return host.executors();
    }

    @Override
    public void configure(Configuration configuration) {
        host.configure(configuration);
        configuration.addAll(store);
    }

    @Override
    public void close() throws Exception {
        host.close();
    }
}

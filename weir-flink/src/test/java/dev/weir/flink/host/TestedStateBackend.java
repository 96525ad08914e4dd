package dev.weir.flink.host;

import dev.weir.flink.state.TieredOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;

/** Our state backend as Flink's tests ask for it. */
public final class TestedStateBackend implements ConfigurableStateBackend {
    private static final long serialVersionUID = 1L;

    private final HostedStateBackend backend;
    private final Configuration configuration = new Configuration();

    private TestedStateBackend(HostedStateBackend backend) {
        this.backend = backend;
    }

    /** Keeps live objects. */
    public static TestedStateBackend onTheHeap() {
        return new TestedStateBackend(HostedStateBackend.onTheHeap());
    }

    /** With what memory it likes: the environments of Flink's tests have none to hand out. */
    static TestedStateBackend inRocksDb() {
        return new TestedStateBackend(new HostedStateBackend(rocksDb(new Configuration()), false));
    }

    /**
     * Keeps live objects, on the heap while they fit.
     *
     * @param heapFraction the part of the heap; none for everything in RocksDB
     */
    public static TestedStateBackend inTwoTiers(double heapFraction) {
        Configuration configuration = new Configuration().set(TieredOptions.FRACTION, heapFraction);
        TestedStateBackend backend = new TestedStateBackend(new HostedStateBackend(rocksDb(configuration), true));
        backend.configuration.addAll(configuration);
        return backend;
    }

    private static EmbeddedRocksDBStateBackend rocksDb(Configuration configuration) {
        EmbeddedRocksDBStateBackend options = new EmbeddedRocksDBStateBackend();
        options.getMemoryConfiguration().setUseManagedMemory(false);
        return options.configure(configuration, TestedStateBackend.class.getClassLoader());
    }

    @Override
    public StateBackend configure(ReadableConfig config, ClassLoader loader) {
        configuration.addAll((Configuration) config);
        return this;
    }

    @Override
    public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> parameters)
            throws Exception {
        parameters.getEnv().getJobConfiguration().addAll(configuration);
        return backend.createKeyedStateBackend(parameters);
    }

    @Override
    public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters parameters) throws Exception {
        return backend.createOperatorStateBackend(parameters);
    }
}

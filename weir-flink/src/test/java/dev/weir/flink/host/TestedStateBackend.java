package dev.weir.flink.host;

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
        return new TestedStateBackend(new HostedStateBackend(null));
    }

    /** With what memory it likes: the environments of Flink's tests have none to hand out. */
    static TestedStateBackend inRocksDb() {
        EmbeddedRocksDBStateBackend options = new EmbeddedRocksDBStateBackend();
        options.getMemoryConfiguration().setUseManagedMemory(false);
        return new TestedStateBackend(new HostedStateBackend(
                options.configure(new Configuration(), TestedStateBackend.class.getClassLoader())));
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

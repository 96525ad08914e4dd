package dev.weir.flink.host;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;

/** Our state backend as Flink's tests ask for it. */
public final class TestedStateBackend implements ConfigurableStateBackend {
    private static final long serialVersionUID = 1L;

    private final HostedStateBackend backend = new HostedStateBackend();
    private final Configuration configuration = new Configuration();

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

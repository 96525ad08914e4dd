package dev.weir.flink.host;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionStateBackend;
import org.apache.flink.util.DynamicCodeLoadingException;

/** Which state backend serves a vertex. Stateless. */
final class BackendChoice {

    /** Flink's own, by the names that configurations have for them: Weir's stores take their places. */
    private static final Set<String> REPLACED = Set.of(
            StateBackendLoader.HASHMAP_STATE_BACKEND_NAME,
            StateBackendLoader.ROCKSDB_STATE_BACKEND_NAME,
            StateBackendLoader.FORST_STATE_BACKEND_NAME,
            "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory",
            "org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory",
            "org.apache.flink.state.forst.ForStStateBackendFactory");

    private BackendChoice() {}

    /**
     * Weir's stores, except where batch mode asks for its backend of one key at a time, which its timers need, or the
     * configuration names a factory of somebody else's, which is user code like any other.
     */
    static StateBackend of(StreamConfig config, SubtaskEnvironment environment)
            throws IOException, DynamicCodeLoadingException {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        StateBackend ofVertex = config.getStateBackend(loader);
        if (ofVertex instanceof BatchExecutionStateBackend) {
            return ofVertex;
        }
        Configuration effective =
                new Configuration(environment.getTaskManagerInfo().getConfiguration());
        effective.addAll(environment.getJobConfiguration());
        String name = effective.get(StateBackendOptions.STATE_BACKEND);
        if (name == null || REPLACED.contains(name) || REPLACED.contains(name.toLowerCase(Locale.ROOT))) {
            return new HostedStateBackend();
        }
        return StateBackendLoader.loadStateBackendFromConfig(effective, loader, null);
    }
}

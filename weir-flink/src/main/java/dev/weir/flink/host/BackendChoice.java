package dev.weir.flink.host;

import dev.weir.flink.state.StoreNames;
import dev.weir.flink.state.TieredOptions;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionStateBackend;
import org.apache.flink.util.DynamicCodeLoadingException;

/** Which state backend serves a vertex. Stateless. */
public final class BackendChoice {

    private BackendChoice() {}

    /**
     * Finds out what is wrong with the options of RocksDB, or with somebody else's factory, before a job starts.
     *
     * @throws JobException when they cannot be used; the message says which and why
     */
    public static void check(Configuration configuration, ClassLoader loader) throws JobException {
        String name = configuration.get(StateBackendOptions.STATE_BACKEND);
        if (StoreNames.isHeap(name)) {
            return;
        }
        StateBackend backend;
        try {
            backend = of(name, configuration, loader);
        } catch (IOException | DynamicCodeLoadingException | RuntimeException | LinkageError e) {
            String what = StoreNames.isWithRocksDb(name)
                    ? "RocksDB cannot be configured"
                    : "the state backend " + StateBackendOptions.STATE_BACKEND.key() + "=" + name + " cannot be made";
            throw new JobException(what + ": " + rootOf(e), e);
        }
        if (backend instanceof EmbeddedRocksDBStateBackend options) {
            RocksOpening.check(options);
        }
        if (StoreNames.isTiered(name)) {
            checkTiers(configuration);
        }
    }

    /** The same of the tiered store, but for what takes time and memory, as long as nothing is in RocksDB. */
    static void checkTiered(Configuration configuration, ClassLoader loader)
            throws IOException, DynamicCodeLoadingException {
        if (of(StoreNames.TIERED, configuration, loader) instanceof EmbeddedRocksDBStateBackend options) {
            RocksOpening.checkDirectories(options);
        }
    }

    /** Finds out what is wrong with the options of the tiered store itself. */
    static void checkTiers(Configuration configuration) throws JobException {
        try {
            TieredOptions.fraction(configuration, configuration);
        } catch (IllegalArgumentException e) {
            throw new JobException("the tiered store cannot be configured: " + e.getMessage(), e);
        }
    }

    /** What a name stands for that is not the heap's. */
    private static StateBackend of(String name, Configuration configuration, ClassLoader loader)
            throws IOException, DynamicCodeLoadingException {
        return StoreNames.isWithRocksDb(name)
                ? new EmbeddedRocksDBStateBackend().configure(configuration, loader)
                : StateBackendLoader.loadStateBackendFromConfig(configuration, loader, null);
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static Configuration effective(Environment environment) {
        Configuration effective =
                new Configuration(environment.getTaskManagerInfo().getConfiguration());
        effective.addAll(environment.getJobConfiguration());
        return effective;
    }

    /** Tells operators of a store that Flink does not know by its name, and so would warn of, that it uses managed memory. */
    static void tell(Environment environment, Collection<StreamConfig> operators) {
        if (StoreNames.isTiered(effective(environment).get(StateBackendOptions.STATE_BACKEND))) {
            operators.forEach(operator -> operator.setStateBackendUsesManagedMemory(true));
        }
    }

    /**
     * Weir's stores, except where batch mode asks for its backend of one key at a time, which its timers need, or the
     * configuration names a factory of somebody else's, which is user code like any other: where that makes Flink's RocksDB
     * backend, perhaps with options set in code, ours takes its place with these options.
     */
    static StateBackend of(StreamConfig config, SubtaskEnvironment environment)
            throws IOException, DynamicCodeLoadingException {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        StateBackend ofVertex = config.getStateBackend(loader);
        if (ofVertex instanceof BatchExecutionStateBackend) {
            return ofVertex;
        }
        Configuration effective = effective(environment);
        String name = effective.get(StateBackendOptions.STATE_BACKEND);
        if (StoreNames.isHeap(name)) {
            return HostedStateBackend.onTheHeap();
        }
        StateBackend chosen = of(name, effective, loader);
        return chosen instanceof EmbeddedRocksDBStateBackend rocks
                ? new HostedStateBackend(rocks, StoreNames.isTiered(name))
                : chosen;
    }
}

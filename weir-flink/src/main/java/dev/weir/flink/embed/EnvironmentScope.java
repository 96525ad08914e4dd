package dev.weir.flink.embed;

import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.impl.ExecutionContextEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * One program's answer to {@code getExecutionEnvironment()}, for both DataStream APIs. While it is open, the environments
 * that the program asks for, on its main thread or on any that it started, have the scope's configuration and hand their
 * pipelines to the scope's executor. Other programs in the process find their own.
 *
 * <p>Opened and closed by the thread that runs the program's {@code main}. Thread-safe otherwise.
 */
public final class EnvironmentScope implements AutoCloseable {
    private final Configuration configuration;
    private final PipelineExecutor executor;
    private final @Nullable ClassLoader userLoader;
    private final boolean coresAreDefaultParallelism;
    private final ExecutorLookup lookup = new ExecutorLookup();

    private EnvironmentScope(
            Configuration configuration,
            PipelineExecutor executor,
            @Nullable ClassLoader userLoader,
            boolean coresAreDefaultParallelism) {
        this.configuration = new Configuration(configuration);
        // an environment without a target refuses to execute, and Flink's default for attached is false
        this.configuration.set(DeploymentOptions.TARGET, LocalExecutorFactory.TARGET);
        this.configuration.set(
                DeploymentOptions.ATTACHED,
                configuration.getOptional(DeploymentOptions.ATTACHED).orElse(true));
        this.executor = executor;
        this.userLoader = userLoader;
        this.coresAreDefaultParallelism = coresAreDefaultParallelism;
    }

    /**
     * Opens a scope for the calling thread, for the threads that it will start, and for all code that was loaded by the
     * user's class loader or runs with it as context class loader.
     *
     * @param userLoader of the program, whose environments carry it
     * @param mainClass of the program; its defining loader may differ from {@code userLoader}, which may be a wrapper
     */
    public static EnvironmentScope open(
            Configuration configuration, PipelineExecutor executor, ClassLoader userLoader, Class<?> mainClass) {
        EnvironmentScope scope = new EnvironmentScope(configuration, executor, userLoader, false);
        ContextEnvironments.open(scope, userLoader, mainClass.getClassLoader());
        return scope;
    }

    /** The environment of a program that nobody started: what Flink calls local, a session to each job. */
    static EnvironmentScope local(Configuration configuration) {
        return new EnvironmentScope(configuration, new SessionPerJobExecutor(configuration), null, true);
    }

    @Override
    public void close() {
        ContextEnvironments.close(this);
    }

    StreamExecutionEnvironment streamEnvironment(Configuration given) {
        Configuration merged = merged(given);
        if (coresAreDefaultParallelism
                && merged.getOptional(CoreOptions.DEFAULT_PARALLELISM).isEmpty()) {
            merged.set(CoreOptions.DEFAULT_PARALLELISM, StreamExecutionEnvironment.getDefaultLocalParallelism());
        }
        return new StreamExecutionEnvironment(lookup, merged, userLoader);
    }

    ExecutionEnvironment dataStreamEnvironment(Configuration given) {
        return new ExecutionContextEnvironment(lookup, merged(given), userLoader);
    }

    /** What the program gives stands on top of what it was started with, as in Flink. */
    private Configuration merged(Configuration given) {
        Configuration merged = new Configuration(configuration);
        merged.addAll(given);
        return merged;
    }

    /** Always answers with the scope's executor: a program's {@code execution.target} does not send it elsewhere. */
    private final class ExecutorLookup implements PipelineExecutorServiceLoader, PipelineExecutorFactory {
        @Override
        public PipelineExecutorFactory getExecutorFactory(Configuration given) {
            return this;
        }

        @Override
        public Stream<String> getExecutorNames() {
            return Stream.of(getName());
        }

        @Override
        public String getName() {
            return LocalExecutorFactory.TARGET;
        }

        @Override
        public boolean isCompatibleWith(Configuration given) {
            return true;
        }

        @Override
        public PipelineExecutor getExecutor(Configuration given) {
            ClassLoader loader = userLoader;
            // DataStream V2 hands over the loader of Flink's own classes, whatever the environment was made with
            return loader == null
                    ? executor
                    : (pipeline, pipelineConfiguration, ignored) ->
                            executor.execute(pipeline, pipelineConfiguration, loader);
        }
    }
}

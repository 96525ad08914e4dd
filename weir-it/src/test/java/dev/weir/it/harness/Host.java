package dev.weir.it.harness;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A runtime that programs are run on. Thread-safe; starting one may take seconds. */
public interface Host extends AutoCloseable {
    String name();

    /** Whether it has native twins, which a mode may switch off. */
    boolean hasTwins();

    /** Hands every job of an environment to this runtime. */
    PipelineExecutorServiceLoader executors();

    /** Adds what this runtime needs, {@code execution.target} foremost. */
    void configure(Configuration configuration);

    /** An environment whose jobs run here; {@code configuration} is taken over and completed. */
    default StreamExecutionEnvironment environment(Configuration configuration) {
        configure(configuration);
        return new StreamExecutionEnvironment(executors(), configuration, Host.class.getClassLoader());
    }

    @Override
    void close() throws Exception;
}

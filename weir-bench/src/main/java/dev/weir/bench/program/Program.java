package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job, less its {@code execute()}. */
@FunctionalInterface
public interface Program {
    /** Adds sources to sinks to an environment whose parallelism is set. */
    void define(StreamExecutionEnvironment env, Stream input);
}

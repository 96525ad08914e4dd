package dev.weir.it.harness;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;

/** Weir, through the executor target {@code weir} that any Flink tool would use. */
public final class WeirHost implements Host {
    @Override
    public String name() {
        return "weir";
    }

    @Override
    public boolean hasTwins() {
        return true;
    }

    @Override
    public PipelineExecutorServiceLoader executors() {
        return new DefaultExecutorServiceLoader();
    }

    @Override
    public void configure(Configuration configuration) {
        configuration.set(DeploymentOptions.TARGET, "weir");
        configuration.set(DeploymentOptions.ATTACHED, true);
    }

    @Override
    public void close() {}
}

package dev.weir.client;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;

/** Makes the executor behind {@code execution.target: weir}. Stateless; found by ServiceLoader. */
public final class WeirExecutorFactory implements PipelineExecutorFactory {

    @Override
    public String getName() {
        return WeirTarget.NAME;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        return WeirTarget.isMeantBy(configuration);
    }

    @Override
    public PipelineExecutor getExecutor(Configuration configuration) {
        return new WeirExecutor();
    }
}

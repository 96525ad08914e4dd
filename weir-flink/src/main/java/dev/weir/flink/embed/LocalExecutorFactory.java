package dev.weir.flink.embed;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code execution.target: local}, which is what every environment asks for that was made outside of a client. So
 * weir-flink in the place of flink-clients is all that a program in an IDE or a service needs.
 *
 * <p>Flink calls two factories for one target an error. Where flink-clients is on the class path too, this one therefore
 * steps back, says so in the log, and {@link Weir#install()} does the redirect. Found by {@code ServiceLoader}; stateless.
 */
public final class LocalExecutorFactory implements PipelineExecutorFactory {
    static final String TARGET = "local";
    private static final Logger LOG = LoggerFactory.getLogger(LocalExecutorFactory.class);
    private static final String FLINKS_OWN = "org/apache/flink/client/deployment/executors/LocalExecutorFactory.class";

    @Override
    public String getName() {
        return TARGET;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        if (!TARGET.equalsIgnoreCase(configuration.get(DeploymentOptions.TARGET))) {
            return false;
        }
        if (flinkClientsPresent()) {
            LOG.warn(
                    "flink-clients is on the class path, so target 'local' runs on Flink's MiniCluster. To run on Weir,"
                            + " remove it or call dev.weir.flink.embed.Weir.install() before getExecutionEnvironment()");
            return false;
        }
        return true;
    }

    @Override
    public PipelineExecutor getExecutor(Configuration configuration) {
        return new SessionPerJobExecutor(configuration);
    }

    /** Asks the loader that the lookup of executors uses. */
    private static boolean flinkClientsPresent() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context == null
                ? ClassLoader.getSystemResource(FLINKS_OWN) != null
                : context.getResource(FLINKS_OWN) != null;
    }
}

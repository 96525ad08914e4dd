package dev.weir.client;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;

/** The execution target {@code weir} and the option that names a session of it. */
public final class WeirTarget {
    /** The value of {@code execution.target} by which Flink's clients find Weir. */
    public static final String NAME = "weir";

    /**
     * The session that jobs go to. Where it is not set, every job gets a session of its own. The second key is the one
     * under which Flink's integration tests, run against other runtimes, hand over the cluster they have started.
     */
    public static final ConfigOption<String> CLUSTER_ID = ConfigOptions.key("weir.cluster-id")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("conformance.cluster-id")
            .withDescription("Id of the session in this process that jobs are submitted to.");

    private WeirTarget() {}

    static boolean isMeantBy(Configuration configuration) {
        return NAME.equalsIgnoreCase(configuration.get(DeploymentOptions.TARGET));
    }
}

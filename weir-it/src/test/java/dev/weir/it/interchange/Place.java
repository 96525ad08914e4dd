package dev.weir.it.interchange;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;

/**
 * Where a job can run.
 *
 * @param configuration sends jobs there
 */
record Place(String name, Configuration configuration) {
    /** Weir in this process. */
    static final Place WEIR = new Place("weir", new Configuration().set(DeploymentOptions.TARGET, "weir"));
}

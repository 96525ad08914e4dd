package dev.weir.client;

import org.apache.flink.client.deployment.ClusterClientFactory;
import org.apache.flink.client.deployment.ClusterDescriptor;
import org.apache.flink.client.deployment.ClusterSpecification;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.jspecify.annotations.Nullable;

/** Makes and finds sessions in this process for {@code execution.target: weir}. Stateless; found by ServiceLoader. */
public final class WeirClusterClientFactory implements ClusterClientFactory<String> {

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        return WeirTarget.isMeantBy(configuration);
    }

    @Override
    public ClusterDescriptor<String> createClusterDescriptor(Configuration configuration) {
        return new WeirClusterDescriptor(configuration);
    }

    @Override
    public @Nullable String getClusterId(Configuration configuration) {
        return configuration.get(WeirTarget.CLUSTER_ID);
    }

    @Override
    public ClusterSpecification getClusterSpecification(Configuration configuration) {
        return new ClusterSpecification.ClusterSpecificationBuilder()
                .setSlotsPerTaskManager(configuration.get(TaskManagerOptions.NUM_TASK_SLOTS))
                .createClusterSpecification();
    }
}

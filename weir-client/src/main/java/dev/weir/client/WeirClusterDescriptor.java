package dev.weir.client;

import org.apache.flink.client.deployment.ClusterDeploymentException;
import org.apache.flink.client.deployment.ClusterDescriptor;
import org.apache.flink.client.deployment.ClusterRetrieveException;
import org.apache.flink.client.deployment.ClusterSpecification;
import org.apache.flink.client.deployment.application.ApplicationConfiguration;
import org.apache.flink.client.program.ClusterClientProvider;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FlinkException;

/** Opens, finds and ends sessions in this process. */
final class WeirClusterDescriptor implements ClusterDescriptor<String> {
    private final Configuration configuration;

    WeirClusterDescriptor(Configuration configuration) {
        this.configuration = configuration;
    }

    @Override
    public String getClusterDescription() {
        return "Weir session in this process";
    }

    @Override
    public ClusterClientProvider<String> retrieve(String clusterId) throws ClusterRetrieveException {
        WeirClusterClient client = WeirClusterClient.of(clusterId)
                .orElseThrow(() -> new ClusterRetrieveException("no Weir session with id '" + clusterId
                        + "' is open in this process: it was shut down, or belongs to another process"));
        return () -> client;
    }

    @Override
    public ClusterClientProvider<String> deploySessionCluster(ClusterSpecification specification)
            throws ClusterDeploymentException {
        // not the specification's slots: it has a number even where nobody has said one
        String clusterId = OpenSessions.open(new Configuration(configuration));
        WeirClusterClient client = WeirClusterClient.of(clusterId)
                .orElseThrow(() -> new ClusterDeploymentException("session " + clusterId + " was closed at once"));
        return () -> client;
    }

    @Override
    public ClusterClientProvider<String> deployApplicationCluster(
            ClusterSpecification specification, ApplicationConfiguration application)
            throws ClusterDeploymentException {
        throw new ClusterDeploymentException(
                "target 'weir' has no application mode: run the program's main in this process, its jobs come here");
    }

    @Override
    public void killCluster(String clusterId) throws FlinkException {
        OpenSessions.close(clusterId);
    }

    @Override
    public void close() {}
}

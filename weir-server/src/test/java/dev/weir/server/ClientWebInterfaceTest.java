package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import org.apache.flink.client.deployment.ClusterDescriptor;
import org.apache.flink.client.deployment.ClusterSpecification.ClusterSpecificationBuilder;
import org.apache.flink.client.deployment.DefaultClusterClientServiceLoader;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class ClientWebInterfaceTest {
    private static ClusterClient<String> session(Configuration configuration) throws Exception {
        ClusterDescriptor<String> descriptor = new DefaultClusterClientServiceLoader()
                .<String>getClusterClientFactory(configuration)
                .createClusterDescriptor(configuration);
        return descriptor
                .deploySessionCluster(new ClusterSpecificationBuilder().createClusterSpecification())
                .getClusterClient();
    }

    private static Configuration target() {
        return new Configuration().set(DeploymentOptions.TARGET, "weir").set(RestOptions.PORT, 0);
    }

    @Test
    void aSessionOfFlinksClientAnswersWhenItsAddressIsAskedFor() throws Exception {
        ClusterClient<String> client = session(target());
        String url = client.getWebInterfaceURL();

        assertThat(new Http(url).json("/overview").get("jobs-running").asInt()).isZero();
        assertThat(client.getWebInterfaceURL()).isEqualTo(url);

        client.shutDownCluster();
        Assertions.assertThatThrownBy(() -> new Http(url).get("/overview")).isInstanceOf(ConnectException.class);
    }

    @Test
    void aSessionThatWantsNoneHasNoAddress() throws Exception {
        ClusterClient<String> client = session(target().set(ServerOptions.ENABLED, false));
        assertThat(client.getWebInterfaceURL()).startsWith("none");
        client.shutDownCluster();
    }
}

package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.embed.LocalExecutorFactory;
import dev.weir.flink.embed.Weir;
import dev.weir.flink.embed.WeirJobClient;
import java.util.concurrent.TimeUnit;
import org.apache.flink.client.deployment.executors.LocalExecutor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The class path of this module has flink-clients, which serves the target local itself. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BesideFlinkClientsTest {
    @Test
    void oneLineSendsJobsToWeir() throws Exception {
        Weir.install();
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            env.fromData(1, 2, 3).sinkTo(new DiscardingSink<>());
            JobClient client = env.executeAsync("redirected");
            assertThat(client).isInstanceOf(WeirJobClient.class);
            assertThat(client.getJobExecutionResult().get().getJobID()).isEqualTo(client.getJobID());
        } finally {
            Weir.uninstall();
        }
    }

    @Test
    void withoutItFlinksExecutorIsFoundAndNotTwoOfThem() {
        Configuration local = new Configuration().set(DeploymentOptions.TARGET, LocalExecutor.NAME);
        assertThat(new LocalExecutorFactory().isCompatibleWith(local)).isFalse();
        assertThat(new DefaultExecutorServiceLoader()
                        .getExecutorFactory(local)
                        .getClass()
                        .getName())
                .startsWith("org.apache.flink.client.");
    }
}

package dev.weir.flink.differential;

import dev.weir.flink.embed.WeirJobClient;
import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.session.WeirSession;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random jobs of one subtask and one input give on Weir what they give on Flink's MiniCluster: such a job has one answer.
 *
 * <p>{@code -Dweir.seed=N} runs one job, {@code -Dweir.seeds=N} runs so many.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class AgainstFlinkTest {
    private final ClassLoader loader = getClass().getClassLoader();

    private interface Engine {
        JobExecutionResult run(JobGraph graph) throws Exception;
    }

    @Test
    void straightJobsGiveFlinksAnswer() throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        try (MiniCluster flink = SmallFlink.started(configuration, 1);
                WeirSession weir = new WeirSession(new Configuration())) {
            Seeds seeds = Seeds.orElse(25);
            for (long seed = seeds.first(); seed <= seeds.last(); seed++) {
                Outcome expected = outcome(seed, "flink", flink::executeJobBlocking);
                Outcome actual = outcome(seed, "weir", graph -> new WeirJobClient(weir.submit(graph, loader), loader)
                        .getJobExecutionResult()
                        .get());
                actual.requireEqual(expected, unordered(seed), seed);
            }
        }
    }

    private static Set<String> unordered(long seed) {
        return RandomJob.build(StreamExecutionEnvironment.createLocalEnvironment(), seed, true, "");
    }

    private Outcome outcome(long seed, String name, Engine runtime) {
        String run = name + " " + seed;
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment();
            RandomJob.build(env, seed, true, run);
            JobGraph graph = env.getStreamGraph().getJobGraph(loader);
            try {
                Map<String, String> accumulators = new TreeMap<>();
                runtime.run(graph)
                        .getAllAccumulatorResults()
                        .forEach((key, value) -> accumulators.put(key, String.valueOf(value)));
                return new Outcome(Journal.of(run).lines(), accumulators, List.of(), null);
            } catch (Exception e) {
                return Outcome.failed(e);
            }
        } finally {
            Journal.drop(run);
        }
    }
}

package dev.weir.flink.plan;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobGraphBuilder;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.runtime.tasks.StreamIterationHead;
import org.junit.jupiter.api.Test;

class JobTranslationTest {
    private final ClassLoader loader = getClass().getClassLoader();

    @Test
    void refusesAVertexThatIsNoChainOfOperators() {
        JobVertex vertex = new JobVertex("raw");
        vertex.setInvokableClass(StreamIterationHead.class);
        vertex.setParallelism(1);
        JobGraph graph = JobGraphBuilder.newStreamingJobGraphBuilder()
                .addJobVertex(vertex)
                .build();

        assertThatThrownBy(() -> new JobTranslation(graph, loader, 1))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("'raw' runs " + StreamIterationHead.class.getName());
    }

    @Test
    void refusesAParallelismAboveItsMaximum() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(3);
        env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());
        JobGraph graph = env.getStreamGraph().getJobGraph(loader);
        for (JobVertex vertex : graph.getVertices()) {
            vertex.setMaxParallelism(2);
        }

        assertThatThrownBy(() -> new JobTranslation(graph, loader, 1))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("parallelism (3) is higher than the max parallelism (2)");
    }
}

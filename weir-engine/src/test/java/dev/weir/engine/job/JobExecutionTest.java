package dev.weir.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.ProcessorFactory;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.Programs.Counter;
import dev.weir.engine.job.Programs.Quiet;
import dev.weir.engine.job.Programs.Relay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JobExecutionTest {
    static final JobOptions OPTIONS =
            new JobOptions(Duration.ofSeconds(30), Duration.ofSeconds(60), JobExecutionTest.class.getClassLoader());

    @Test
    void everyRecordArrivesThroughThreeVertices() throws Exception {
        AtomicLong sum = new AtomicLong();
        AtomicLong count = new AtomicLong();
        Dataflow dataflow = new Dataflow(
                "sum",
                List.of(
                        source("Source", 2, s -> new Counter(1_000_000)),
                        vertex("Relay", 3, s -> new Relay()),
                        vertex("Sink", 2, s -> new Quiet() {
                            @Override
                            void onRecord(int input, int channel, Object value, long timestamp) {
                                sum.addAndGet((Long) value);
                                count.incrementAndGet();
                            }
                        })),
                List.of(edge(0, 1, Wiring.ALL_TO_ALL, 100), edge(1, 2, Wiring.POINTWISE, 100)));

        JobRun.Outcome outcome = await(JobExecution.start(dataflow, OPTIONS, new JobObserver() {}));

        assertThat(outcome).isEqualTo(new JobRun.Outcome(JobState.FINISHED, null, null));
        assertThat(count.get()).isEqualTo(1_000_000);
        assertThat(sum.get()).isEqualTo(999_999L * 500_000);
    }

    static JobRun.Outcome await(JobRun run) throws Exception {
        return run.outcome().get(60, TimeUnit.SECONDS);
    }

    static Vertex source(String name, int parallelism, ProcessorFactory processors) {
        return new Vertex(name, parallelism, 128, List.of(true), processors);
    }

    static Vertex vertex(String name, int parallelism, ProcessorFactory processors) {
        return new Vertex(name, parallelism, 128, List.of(false), processors);
    }

    static Edge edge(int source, int target, Wiring wiring, long bufferTimeoutMillis) {
        return new Edge(source, target, 0, wiring, bufferTimeoutMillis, true);
    }
}

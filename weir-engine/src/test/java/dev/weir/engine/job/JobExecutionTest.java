package dev.weir.engine.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.ProcessorFactory;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.Programs.Counter;
import dev.weir.engine.job.Programs.Quiet;
import dev.weir.engine.job.Programs.Relay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

        assertThat(outcome).isEqualTo(new JobRun.Outcome(JobState.FINISHED, null, null, false));
        assertThat(count.get()).isEqualTo(1_000_000);
        assertThat(sum.get()).isEqualTo(999_999L * 500_000);
    }

    @Test
    void recordsOfACallThatBlocksAreFlushedByTime() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "blocking source",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            @Override
                            public Progress pull(int input, int recordsMax) throws Exception {
                                context.outputs().get(0).emit(0, "record", EdgeWriter.NO_TIMESTAMP);
                                received.await();
                                return Progress.END;
                            }
                        }),
                        vertex("Sink", 1, s -> new Quiet() {
                            @Override
                            void onRecord(int input, int channel, Object value, long timestamp) {
                                received.countDown();
                            }
                        })),
                List.of(edge(0, 1, Wiring.POINTWISE, 20)));

        assertThat(await(JobExecution.start(dataflow, OPTIONS, new JobObserver() {}))
                        .state())
                .isEqualTo(JobState.FINISHED);
    }

    @Test
    void anIdleTaskFlushesLongBeforeItsTimeout() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "idle source",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            private boolean emitted;

                            @Override
                            public Progress pull(int input, int recordsMax) {
                                if (!emitted) {
                                    emitted = true;
                                    context.outputs().get(0).emit(0, "record", EdgeWriter.NO_TIMESTAMP);
                                }
                                return received.getCount() == 0 ? Progress.END : Progress.IDLE;
                            }
                        }),
                        vertex("Sink", 1, s -> new Quiet() {
                            @Override
                            void onRecord(int input, int channel, Object value, long timestamp) {
                                received.countDown();
                            }
                        })),
                List.of(edge(0, 1, Wiring.POINTWISE, TimeUnit.HOURS.toMillis(1))));
        JobRun run = JobExecution.start(dataflow, OPTIONS, new JobObserver() {});

        assertThat(received.await(60, TimeUnit.SECONDS)).isTrue();
        run.cancel();
        assertThat(await(run).state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    void aHundredByHundredShuffleIsDelivered() throws Exception {
        AtomicLong count = new AtomicLong();
        Dataflow dataflow = new Dataflow(
                "shuffle",
                List.of(source("Source", 100, s -> new Counter(200_000)), vertex("Sink", 100, s -> new Quiet() {
                    @Override
                    void onRecord(int input, int channel, Object value, long timestamp) {
                        count.incrementAndGet();
                    }
                })),
                List.of(edge(0, 1, Wiring.ALL_TO_ALL, 100)));

        assertThat(await(JobExecution.start(dataflow, OPTIONS, new JobObserver() {}))
                        .state())
                .isEqualTo(JobState.FINISHED);
        assertThat(count.get()).isEqualTo(200_000);
    }

    @Test
    void aDataflowThatIsNotWellFormedIsRefused() {
        Vertex source = source("Source", 1, s -> new Quiet());
        Vertex sink = vertex("Sink", 1, s -> new Quiet());

        assertThatThrownBy(() -> JobExecution.start(
                        new Dataflow("wrong", List.of(source, sink), List.of(edge(0, 2, Wiring.POINTWISE, 0))),
                        OPTIONS,
                        new JobObserver() {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vertices=2");
        assertThatThrownBy(() -> JobExecution.start(
                        new Dataflow("wrong", List.of(sink, source), List.of(edge(0, 1, Wiring.POINTWISE, 0))),
                        OPTIONS,
                        new JobObserver() {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vertex 'Source' has no input=0");
        assertThatThrownBy(() -> JobExecution.start(
                        new Dataflow("wrong", List.of(sink), List.of()), OPTIONS, new JobObserver() {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no edge leads to it");
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

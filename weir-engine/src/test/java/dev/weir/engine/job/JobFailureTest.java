package dev.weir.engine.job;

import static dev.weir.engine.job.JobExecutionTest.OPTIONS;
import static dev.weir.engine.job.JobExecutionTest.await;
import static dev.weir.engine.job.JobExecutionTest.edge;
import static dev.weir.engine.job.JobExecutionTest.source;
import static dev.weir.engine.job.JobExecutionTest.vertex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.job.Dataflow.ProcessorFactory;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.PhaseProbe.Phase;
import dev.weir.engine.job.Programs.Counter;
import dev.weir.engine.job.Programs.Endless;
import dev.weir.engine.job.Programs.Mark;
import dev.weir.engine.job.Programs.Quiet;
import dev.weir.engine.task.TaskContext;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobFailureTest {

    @ParameterizedTest
    @EnumSource(Phase.class)
    void whatUserCodeThrowsIsTheCauseAndItsSubtaskIsNamed(Phase phase) throws Exception {
        Exception thrown = new IOException("thrown in " + phase);
        Recording recording = new Recording();
        Dataflow dataflow = dataflow(subtask -> new PhaseProbe(
                phase,
                () -> {
                    if (subtask.index() == 1) {
                        throw thrown;
                    }
                },
                () -> {}));

        JobRun run = JobExecution.start(dataflow, OPTIONS, recording);

        assertThat(await(run)).isEqualTo(new JobRun.Outcome(JobState.FAILED, thrown, "Sink (2/2)#0", false));
        assertThat(recording.jobStates()).containsExactly(JobState.RUNNING, JobState.FAILING, JobState.FAILED);
        assertThat(recording.subtaskStates("Sink (2/2)#0")).endsWith(SubtaskState.FAILED);
        assertThat(recording.secondary()).isEmpty();
        assertThat(run.subtasks()).hasSize(4).allSatisfy((subtask, state) -> assertThat(state.isTerminal())
                .isTrue());
    }

    @Test
    void aFactoryThatThrowsFailsItsSubtask() throws Exception {
        Error thrown = new NoClassDefFoundError("gone");

        JobRun.Outcome outcome = await(JobExecution.start(
                dataflow(subtask -> {
                    throw thrown;
                }),
                OPTIONS,
                new Recording()));

        assertThat(outcome.state()).isEqualTo(JobState.FAILED);
        assertThat(outcome.failure()).isSameAs(thrown);
        assertThat(outcome.failedSubtask()).startsWith("Sink (");
    }

    @Test
    void aProducerBlockedOnAFailedConsumerStops() throws Exception {
        Exception thrown = new IOException("sink");
        CountDownLatch blocked = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "blocked",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            @Override
                            public Progress pull(int input, int recordsMax) {
                                EdgeWriter out = context.outputs().get(0);
                                while (true) {
                                    if (!out.isAvailable()) {
                                        blocked.countDown();
                                    }
                                    out.emit(0, "record", EdgeWriter.NO_TIMESTAMP);
                                }
                            }
                        }),
                        vertex("Sink", 1, s -> new Quiet() {
                            @Override
                            void onRecord(int input, int channel, Object value, long timestamp) throws Exception {
                                blocked.await();
                                throw thrown;
                            }
                        })),
                List.of(edge(0, 1, Wiring.POINTWISE, 100)));

        assertThat(await(JobExecution.start(dataflow, OPTIONS, new Recording())))
                .isEqualTo(new JobRun.Outcome(JobState.FAILED, thrown, "Sink (1/1)#0", false));
    }

    @Test
    void aFailureFromOutsideNamesNoSubtask() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        Exception cause = new IOException("coordinator");
        JobRun run = JobExecution.start(
                dataflow(subtask -> new PhaseProbe(
                        Phase.RECORDS,
                        () -> {
                            running.countDown();
                            new CountDownLatch(1).await();
                        },
                        () -> {})),
                OPTIONS,
                new Recording());
        running.await();

        run.fail(cause);
        run.fail(new IOException("another"));

        assertThat(await(run)).isEqualTo(new JobRun.Outcome(JobState.FAILED, cause, null, false));
    }

    @Test
    void aTaskFailedFromAnotherThreadIsInterruptedAndNamed() throws Exception {
        Exception cause = new IOException("asynchronous");
        Dataflow dataflow = dataflow(subtask -> new Quiet() {
            @Override
            void onRecord(int input, int channel, Object value, long timestamp) throws Exception {
                if (subtask.index() == 0) {
                    Thread other = new Thread(() -> context.fail(cause));
                    other.start();
                    new CountDownLatch(1).await();
                }
            }
        });
        Recording recording = new Recording();

        assertThat(await(JobExecution.start(dataflow, OPTIONS, recording)))
                .isEqualTo(new JobRun.Outcome(JobState.FAILED, cause, "Sink (1/2)#0", false));
        assertThat(recording.subtaskStates("Sink (1/2)#0")).endsWith(SubtaskState.FAILED);
    }

    @Test
    void whatIsThrownOnTheWayDownDoesNotHideTheCause() throws Exception {
        Exception cause = new IOException("cause");
        RuntimeException inClose = new IllegalStateException("in close");
        Recording recording = new Recording();
        Dataflow dataflow = dataflow(subtask -> new Quiet() {
            @Override
            void onRecord(int input, int channel, Object value, long timestamp) throws Exception {
                throw cause;
            }

            @Override
            public void close() {
                throw inClose;
            }
        });

        JobRun.Outcome outcome = await(JobExecution.start(dataflow, OPTIONS, recording));

        assertThat(outcome.failure()).isSameAs(cause).hasNoSuppressedExceptions();
        assertThat(recording.secondary()).isNotEmpty().containsOnly(inClose);
    }

    @Test
    void aProcessorThatTakesNothingIsTheFailure() throws Exception {
        Dataflow dataflow = dataflow(subtask -> new Quiet() {
            @Override
            public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
                return from;
            }
        });

        assertThat(await(JobExecution.start(dataflow, OPTIONS, new Recording())).failure())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("processor of 'Sink (");
    }

    @Test
    void theFirstFailureStopsSubtasksThatHaveNotStarted() throws Exception {
        Exception thrown = new IOException("first");
        Dataflow dataflow = new Dataflow(
                "wide",
                List.of(
                        source("First", 1, s -> {
                            throw thrown;
                        }),
                        source("Rest", 200, s -> new Endless()),
                        vertex("Sink", 2, s -> new Quiet())),
                List.of(edge(1, 2, Wiring.ALL_TO_ALL, 100)));

        JobRun run = JobExecution.start(dataflow, OPTIONS, new Recording());

        assertThat(await(run)).isEqualTo(new JobRun.Outcome(JobState.FAILED, thrown, "First (1/1)#0", false));
        assertThat(run.subtasks())
                .containsEntry(new Subtask(1, 0), SubtaskState.CANCELED)
                .containsEntry(new Subtask(1, 1), SubtaskState.CANCELED);
    }

    /** A source of a few records and a mark, and two sinks to be tested. */
    private static Dataflow dataflow(ProcessorFactory sink) {
        return new Dataflow(
                "failing",
                List.of(
                        source("Source", 2, s -> new Quiet() {
                            private final Counter records = new Counter(1_000);

                            @Override
                            public void open(TaskContext taskContext) {
                                context = taskContext;
                                records.open(taskContext);
                            }

                            @Override
                            public Progress pull(int input, int recordsMax) {
                                context.outputs().get(0).broadcast(new Mark(1));
                                return records.pull(input, recordsMax);
                            }
                        }),
                        vertex("Sink", 2, sink)),
                List.of(edge(0, 1, Wiring.ALL_TO_ALL, 1)));
    }
}

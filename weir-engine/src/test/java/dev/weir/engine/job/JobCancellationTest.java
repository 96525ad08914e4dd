package dev.weir.engine.job;

import static dev.weir.engine.job.JobExecutionTest.OPTIONS;
import static dev.weir.engine.job.JobExecutionTest.await;
import static dev.weir.engine.job.JobExecutionTest.edge;
import static dev.weir.engine.job.JobExecutionTest.source;
import static dev.weir.engine.job.JobExecutionTest.vertex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.job.Dataflow.ProcessorFactory;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.PhaseProbe.Phase;
import dev.weir.engine.job.Programs.Endless;
import dev.weir.engine.job.Programs.Mark;
import dev.weir.engine.job.Programs.Quiet;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobCancellationTest {
    private static final JobRun.Outcome CANCELED = new JobRun.Outcome(JobState.CANCELED, null, null, false);

    @ParameterizedTest
    @EnumSource(Phase.class)
    void userCodeThatBlocksIsStoppedInEveryPhase(Phase phase) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Recording recording = new Recording();
        PhaseProbe.Act block = () -> {
            reached.countDown();
            // A close is never interrupted, so that one needs the processor's own cancel.
            (phase == Phase.CLOSE ? cancelled : new CountDownLatch(1)).await();
        };
        JobRun run =
                JobExecution.start(ending(s -> new PhaseProbe(phase, block, cancelled::countDown)), OPTIONS, recording);
        reached.await();

        run.cancel();
        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
        assertThat(run.state()).isEqualTo(JobState.CANCELED);
        assertThat(recording.jobStates()).containsExactly(JobState.RUNNING, JobState.CANCELLING, JobState.CANCELED);
        assertThat(recording.subtaskStates("Sink (1/1)#0")).endsWith(SubtaskState.CANCELING, SubtaskState.CANCELED);
        assertThat(recording.secondary()).isEmpty();
        assertThat(cancelled.getCount()).isZero();
    }

    @Test
    void aFactoryThatBlocksIsStopped() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        JobRun run = JobExecution.start(
                ending(s -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                    return new Quiet();
                }),
                OPTIONS,
                new Recording());
        reached.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
    }

    @Test
    void idleTasksAreStopped() throws Exception {
        CountDownLatch idle = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "idle",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            @Override
                            public Progress pull(int input, int recordsMax) {
                                idle.countDown();
                                return Progress.IDLE;
                            }
                        }),
                        vertex("Sink", 1, s -> new Quiet())),
                List.of(edge(0, 1, Wiring.POINTWISE, -1)));
        JobRun run = JobExecution.start(dataflow, OPTIONS, new Recording());
        idle.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
    }

    @Test
    void aProducerBlockedInEmitStopsWithoutBeingAFailure() throws Exception {
        CountDownLatch sinkBlocked = new CountDownLatch(1);
        CountDownLatch sourceFull = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "blocked",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            @Override
                            public Progress pull(int input, int recordsMax) {
                                EdgeWriter out = context.outputs().get(0);
                                while (true) {
                                    if (!out.isAvailable()) {
                                        sourceFull.countDown();
                                    }
                                    out.emit(0, "record", EdgeWriter.NO_TIMESTAMP);
                                }
                            }
                        }),
                        vertex(
                                "Sink",
                                1,
                                s -> new PhaseProbe(
                                        Phase.RECORDS,
                                        () -> {
                                            sinkBlocked.countDown();
                                            new CountDownLatch(1).await();
                                        },
                                        () -> {}))),
                List.of(edge(0, 1, Wiring.POINTWISE, 100)));
        Recording recording = new Recording();
        JobRun run = JobExecution.start(dataflow, OPTIONS, recording);
        sinkBlocked.await();
        sourceFull.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
        assertThat(recording.subtaskStates("Source (1/1)#0")).endsWith(SubtaskState.CANCELED);
    }

    @Test
    void aBusyJobStops() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        Dataflow dataflow = new Dataflow(
                "busy",
                List.of(
                        source("Source", 2, s -> new Endless()),
                        vertex("Sink", 2, s -> new PhaseProbe(Phase.CONTROL, running::countDown, () -> {}))),
                List.of(edge(0, 1, Wiring.ALL_TO_ALL, 100)));
        JobRun run = JobExecution.start(dataflow, OPTIONS, new Recording());
        running.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
    }

    @Test
    void whatCancelAndCloseThrowIsReportedAsideAndHoldsNothingUp() throws Exception {
        RuntimeException inCancel = new IllegalStateException("cancel");
        RuntimeException inClose = new IllegalStateException("close");
        CountDownLatch reached = new CountDownLatch(1);
        Recording recording = new Recording();
        JobRun run = JobExecution.start(
                ending(s -> new Quiet() {
                    @Override
                    void onRecord(int input, int channel, Object value, long timestamp) throws Exception {
                        reached.countDown();
                        new CountDownLatch(1).await();
                    }

                    @Override
                    public void cancel() {
                        throw inCancel;
                    }

                    @Override
                    public void close() {
                        throw inClose;
                    }
                }),
                OPTIONS,
                recording);
        reached.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
        assertThat(recording.secondary()).containsExactlyInAnyOrder(inCancel, inClose);
    }

    @Test
    void codeThatSwallowsInterruptsIsInterruptedAgain() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        AtomicInteger swallowed = new AtomicInteger();
        JobOptions options =
                new JobOptions(Duration.ofMillis(5), Duration.ZERO, getClass().getClassLoader());
        JobRun run = JobExecution.start(
                ending(s -> new PhaseProbe(
                        Phase.RECORDS,
                        () -> {
                            reached.countDown();
                            while (swallowed.get() < 3) {
                                try {
                                    new CountDownLatch(1).await();
                                } catch (InterruptedException e) {
                                    swallowed.incrementAndGet();
                                }
                            }
                        },
                        () -> {})),
                options,
                new Recording());
        reached.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
        assertThat(swallowed.get()).isEqualTo(3);
    }

    @Test
    void aCancelThatBlocksDoesNotSaveTheTaskFromItsInterrupt() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch cancelEnded = new CountDownLatch(1);
        JobOptions options =
                new JobOptions(Duration.ofMillis(5), Duration.ZERO, getClass().getClassLoader());
        JobRun run = JobExecution.start(
                ending(s -> new PhaseProbe(
                        Phase.RECORDS,
                        () -> {
                            reached.countDown();
                            new CountDownLatch(1).await();
                        },
                        () -> {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                cancelEnded.countDown();
                            }
                        })),
                options,
                new Recording());
        reached.await();

        run.cancel();

        assertThat(await(run)).isEqualTo(CANCELED);
        cancelEnded.await();
    }

    @Test
    void theWatchdogGivesUpCodeThatNeverStops() throws Exception {
        Stubborn stubborn = new Stubborn();
        Recording recording = new Recording();
        JobRun run = JobExecution.start(ending(s -> stubborn), watchdog(), recording);
        stubborn.reached.await();

        run.cancel();

        JobRun.Outcome outcome = await(run);
        stubborn.release();
        assertThat(outcome.state()).isEqualTo(JobState.FAILED);
        assertThat(outcome.failedSubtask()).isEqualTo("Sink (1/1)#0");
        assertThat(outcome.failure())
                .isInstanceOf(CancellationTimeoutException.class)
                .hasMessageContaining("task 'Sink (1/1)#0' did not stop")
                .hasMessageMatching("(?s).*cancellationMillis=\\d+ > task\\.cancellation\\.timeout=50;.*")
                .hasMessageContaining("Stubborn.neverStop");
        assertThat(outcome.failure().getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("neverStop"));
        assertThat(recording.jobStates()).containsExactly(JobState.RUNNING, JobState.CANCELLING, JobState.FAILED);
    }

    @Test
    void theWatchdogDoesNotHideWhyTheJobFailed() throws Exception {
        Stubborn stubborn = new Stubborn();
        Exception cause = new IOException("cause");
        Recording recording = new Recording();
        JobRun run = JobExecution.start(ending(s -> stubborn), watchdog(), recording);
        stubborn.reached.await();

        run.fail(cause);

        assertThat(await(run)).isEqualTo(new JobRun.Outcome(JobState.FAILED, cause, null, true));
        stubborn.release();
        assertThat(recording.secondary()).singleElement().isInstanceOf(CancellationTimeoutException.class);
    }

    private static JobOptions watchdog() {
        return new JobOptions(Duration.ofMillis(10), Duration.ofMillis(50), JobCancellationTest.class.getClassLoader());
    }

    /** Some records and a mark, then the end; the sink is what is tested. */
    private static Dataflow ending(ProcessorFactory sink) {
        return new Dataflow(
                "cancelled",
                List.of(
                        source("Source", 1, s -> new Quiet() {
                            @Override
                            public Progress pull(int input, int recordsMax) {
                                EdgeWriter out = context.outputs().get(0);
                                out.emit(0, "record", EdgeWriter.NO_TIMESTAMP);
                                out.emit(0, new Mark(0));
                                return Progress.END;
                            }
                        }),
                        vertex("Sink", 1, sink)),
                List.of(edge(0, 1, Wiring.POINTWISE, 1)));
    }

    /** Holds its thread whatever is done to it. */
    private static final class Stubborn extends Quiet {
        final CountDownLatch reached = new CountDownLatch(1);
        private volatile boolean released;
        private volatile Thread thread;

        @Override
        void onRecord(int input, int channel, Object value, long timestamp) {
            thread = Thread.currentThread();
            neverStop();
        }

        private void neverStop() {
            reached.countDown();
            while (!released) {
                LockSupport.park(this);
                // Cleared, so that the next park parks.
                Thread.interrupted();
            }
        }

        void release() {
            released = true;
            LockSupport.unpark(thread);
        }
    }
}

package dev.weir.flink.coordination;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.TaskNotRunningException;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SerializedValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobCoordinatorsTest {
    private static final OperatorID OPERATOR = new OperatorID(1, 2);

    /** What scripts report. */
    private final BlockingQueue<Object> seen = new LinkedBlockingQueue<>();

    private final CountDownLatch release = new CountDownLatch(1);

    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final JobVertex vertex = new JobVertex("Source: numbers");
    private final List<JobCoordinators> opened = new ArrayList<>();

    private static final class Counter implements OperatorEvent {
        int value;

        Counter(int value) {
            this.value = value;
        }
    }

    private static final class Unserializable implements OperatorEvent {
        @SuppressWarnings({"unused", "serial"})
        private final Object lock = new Object();
    }

    private record Echo(String text) implements CoordinationRequest, CoordinationResponse {}

    @AfterEach
    void closeAll() {
        release.countDown();
        opened.forEach(JobCoordinators::close);
    }

    private JobCoordinators coordinators(ScriptedCoordinator.Script script, Duration closingMax) throws Exception {
        JobGraph graph = new JobGraph(new JobID(), "test", vertex);
        vertex.setParallelism(2);
        vertex.addOperatorCoordinator(new SerializedValue<>(new ScriptedCoordinator.Provider(OPERATOR, script)));
        JobCoordinators all = JobCoordinators.create(
                graph,
                Map.of(vertex.getID(), 3),
                getClass().getClassLoader(),
                failures::add,
                UnregisteredMetricGroups.createUnregisteredJobManagerJobMetricGroup(),
                closingMax);
        opened.add(all);
        return all;
    }

    private JobCoordinators started(ScriptedCoordinator.Script script) throws Exception {
        JobCoordinators all = coordinators(script, Duration.ofSeconds(10));
        all.start();
        return all;
    }

    private Object next() throws InterruptedException {
        Object next = seen.poll(30, SECONDS);
        assertThat(next).as("something happened within 30 s").isNotNull();
        return next;
    }

    private Throwable nextFailure() throws InterruptedException {
        Throwable next = failures.poll(30, SECONDS);
        assertThat(next).as("the job failed within 30 s").isNotNull();
        return next;
    }

    @Test
    void contextTellsTheParallelismTheJobRunsWith() throws Exception {
        started(new ScriptedCoordinator.Script() {
            @Override
            public void onStart(OperatorCoordinator.Context context) {
                seen.add(context.currentParallelism());
                seen.add(context.getOperatorId());
                seen.add(context.isConcurrentExecutionAttemptsSupported());
            }
        });
        assertThat(List.of(next(), next(), next())).containsExactly(3, OPERATOR, false);
    }

    @Test
    void callsComeInTheirOrderOnOneThread() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public void onReady(int subtask, int attempt, OperatorCoordinator.SubtaskGateway gateway) {
                seen.add("ready " + subtask + "#" + gateway.getExecution().getAttemptNumber() + " on "
                        + Thread.currentThread().getName());
            }

            @Override
            public void onEvent(int subtask, int attempt, OperatorEvent event) {
                seen.add("event " + ((Counter) event).value + " of " + subtask + "#" + attempt + " on "
                        + Thread.currentThread().getName());
            }

            @Override
            public void onFailed(int subtask, int attempt, Throwable cause) {
                seen.add("failed " + subtask + "#" + attempt + " " + cause + " on "
                        + Thread.currentThread().getName());
            }
        });
        all.subtaskReady(vertex.getID(), 1, 4, (operator, event) -> {});
        all.handleEvent(OPERATOR, 1, 4, new Counter(7));
        all.subtaskFailed(vertex.getID(), 1, 4, null);
        assertThat(List.of(next(), next(), next()))
                .containsExactly(
                        "ready 1#4 on coordination of test",
                        "event 7 of 1#4 on coordination of test",
                        "failed 1#4 null on coordination of test");
    }

    @Test
    void coordinatorAndSubtaskShareNoEventObject() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public void onReady(int subtask, int attempt, OperatorCoordinator.SubtaskGateway gateway) {
                Counter event = new Counter(1);
                var unused = gateway.sendEvent(event);
                event.value = 2;
            }

            @Override
            public void onEvent(int subtask, int attempt, OperatorEvent event) throws InterruptedException {
                release.await();
                seen.add(((Counter) event).value);
            }
        });
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> seen.add(((Counter) event).value));
        assertThat(next()).isEqualTo(1);

        Counter event = new Counter(1);
        all.handleEvent(OPERATOR, 0, 0, event);
        event.value = 2;
        release.countDown();
        assertThat(next()).isEqualTo(1);
    }

    @Test
    void eventThatCannotBeSerializedIsRefusedAtTheSender() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public void onReady(int subtask, int attempt, OperatorCoordinator.SubtaskGateway gateway) {
                try {
                    var unused = gateway.sendEvent(new Unserializable());
                } catch (FlinkRuntimeException e) {
                    seen.add(e.getMessage());
                }
            }
        });
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> seen.add(event));
        assertThat(next()).isEqualTo("Cannot serialize operator event");
        assertThatThrownBy(() -> all.handleEvent(OPERATOR, 0, 0, new Unserializable()))
                .isInstanceOf(FlinkRuntimeException.class)
                .hasMessage("Cannot serialize operator event");
    }

    private static final class SendOnRequest implements ScriptedCoordinator.Script {
        private OperatorCoordinator.SubtaskGateway last;

        @Override
        public void onReady(int subtask, int attempt, OperatorCoordinator.SubtaskGateway gateway) {
            last = gateway;
        }

        @Override
        public CompletableFuture<CoordinationResponse> onRequest(CoordinationRequest request) {
            return last.sendEvent(new Counter(1)).thenApply(done -> new Echo("sent"));
        }
    }

    @Test
    void subtaskThatFinishedTakesNoMoreEventsAndThatDoesNotFailTheJob() throws Exception {
        JobCoordinators all = started(new SendOnRequest());
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> seen.add(event));
        all.subtaskFinished(vertex.getID(), 0, 0);
        assertThat(all.request(OPERATOR, new Echo("go")))
                .failsWithin(30, SECONDS)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withRootCauseInstanceOf(TaskNotRunningException.class);
        assertThat(seen).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void endOfAnEarlierAttemptDoesNotTouchTheCurrentOne() throws Exception {
        JobCoordinators all = started(new SendOnRequest());
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> seen.add("first"));
        all.subtaskReady(vertex.getID(), 0, 1, (operator, event) -> seen.add("second"));
        all.subtaskFailed(vertex.getID(), 0, 0, new IllegalStateException("late"));
        assertThat(all.request(OPERATOR, new Echo("go"))).succeedsWithin(30, SECONDS);
        assertThat(next()).isEqualTo("second");
    }

    @Test
    void eventLostOnTheWayFailsTheJob() throws Exception {
        JobCoordinators all = started(new SendOnRequest());
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> {
            throw new IllegalStateException("mailbox is closed");
        });
        assertThat(all.request(OPERATOR, new Echo("go"))).failsWithin(30, SECONDS);
        assertThat(nextFailure())
                .isInstanceOf(FlinkException.class)
                .hasMessageContaining("An OperatorEvent from an OperatorCoordinator to a task was lost")
                .hasMessageContaining("Source: numbers - execution #0 of subtask 0")
                .hasRootCauseMessage("mailbox is closed");
    }

    @Test
    void failureInACoordinatorFailsTheJob() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public void onReady(int subtask, int attempt, OperatorCoordinator.SubtaskGateway gateway) {
                throw new IllegalStateException("on ready");
            }

            @Override
            public void onEvent(int subtask, int attempt, OperatorEvent event) {
                throw new IllegalStateException("on event");
            }
        });
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> {});
        all.handleEvent(OPERATOR, 0, 0, new Counter(1));
        assertThat(nextFailure()).hasMessage("Error from OperatorCoordinator").hasRootCauseMessage("on ready");
        assertThat(nextFailure()).hasMessage("on event");
    }

    @Test
    void coordinatorThatDoesNotStartIsReportedAndAllAreClosed() throws Exception {
        JobCoordinators all = coordinators(
                new ScriptedCoordinator.Script() {
                    @Override
                    public void onStart(OperatorCoordinator.Context context) {
                        throw new IllegalStateException("no broker");
                    }

                    @Override
                    public void onClose() {
                        seen.add("closed");
                    }
                },
                Duration.ofSeconds(10));
        assertThatThrownBy(all::start)
                .isInstanceOf(FlinkRuntimeException.class)
                .hasMessage("Failed to start the operator coordinators")
                .hasRootCauseMessage("no broker");
        assertThat(seen).containsExactly("closed");
    }

    @Test
    void failJobIsWrappedAsInFlinkAndReportedOnce() throws Exception {
        started(new ScriptedCoordinator.Script() {
            @Override
            public void onStart(OperatorCoordinator.Context context) {
                context.failJob(new IllegalStateException("first"));
                context.failJob(new IllegalStateException("second"));
            }
        });
        assertThat(nextFailure())
                .hasMessage("Global failure triggered by OperatorCoordinator for 'Source: numbers' (operator "
                        + OPERATOR + ").")
                .hasRootCauseMessage("first");
        opened.get(0).close();
        assertThat(failures).isEmpty();
    }

    @Test
    void requestsAreAnsweredOrRefused() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public CompletableFuture<CoordinationResponse> onRequest(CoordinationRequest request) {
                String text = ((Echo) request).text();
                if (text.equals("throw")) {
                    throw new IllegalStateException("refused");
                }
                return text.equals("wait")
                        ? new CompletableFuture<>()
                        : CompletableFuture.completedFuture(new Echo(text + "!"));
            }
        });
        assertThat(all.request(OPERATOR, new Echo("hello")))
                .succeedsWithin(30, SECONDS)
                .isEqualTo(new Echo("hello!"));
        assertThat(all.request(OPERATOR, new Echo("throw"))).failsWithin(30, SECONDS);
        assertThat(all.request(new OperatorID(), new Echo("hello")))
                .failsWithin(30, SECONDS)
                .withThrowableThat()
                .withMessageContaining("does not exist");
        CompletableFuture<CoordinationResponse> waiting = all.request(OPERATOR, new Echo("wait"));
        all.close();
        assertThat(waiting).failsWithin(30, SECONDS).withThrowableThat().withMessageContaining("job 'test' has ended");
        assertThat(all.request(OPERATOR, new Echo("hello"))).failsWithin(30, SECONDS);
    }

    @Test
    void closeIsIdempotentAndClosesOnce() throws Exception {
        JobCoordinators all = started(new ScriptedCoordinator.Script() {
            @Override
            public void onClose() {
                seen.add("closed");
            }
        });
        all.close();
        all.close();
        assertThat(seen).containsExactly("closed");
    }

    @Test
    void closeInterruptsACoordinatorThatBlocks() throws Exception {
        JobCoordinators all = coordinators(
                new ScriptedCoordinator.Script() {
                    @Override
                    public void onEvent(int subtask, int attempt, OperatorEvent event) throws Exception {
                        seen.add("blocking");
                        release.await();
                    }

                    @Override
                    public void onClose() {
                        seen.add("closed");
                    }
                },
                Duration.ofMillis(20));
        all.start();
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> {});
        all.handleEvent(OPERATOR, 0, 0, new Counter(1));
        assertThat(next()).isEqualTo("blocking");
        all.close();
        assertThat(nextFailure()).isInstanceOf(InterruptedException.class);
        assertThat(next()).isEqualTo("closed");
    }

    @Test
    void closeMayBeCalledFromTheFailureOfACoordinator() throws Exception {
        CompletableFuture<Void> closedInCallback = new CompletableFuture<>();
        JobGraph graph = new JobGraph(new JobID(), "test", vertex);
        vertex.addOperatorCoordinator(
                new SerializedValue<>(new ScriptedCoordinator.Provider(OPERATOR, new ScriptedCoordinator.Script() {
                    @Override
                    public void onEvent(int subtask, int attempt, OperatorEvent event) {
                        throw new IllegalStateException("on event");
                    }
                })));
        List<JobCoordinators> self = new ArrayList<>();
        JobCoordinators all = JobCoordinators.create(
                graph,
                Map.of(),
                getClass().getClassLoader(),
                failure -> {
                    self.get(0).close();
                    closedInCallback.complete(null);
                },
                UnregisteredMetricGroups.createUnregisteredJobManagerJobMetricGroup());
        self.add(all);
        all.start();
        all.subtaskReady(vertex.getID(), 0, 0, (operator, event) -> {});
        all.handleEvent(OPERATOR, 0, 0, new Counter(1));
        assertThat(closedInCallback).succeedsWithin(30, SECONDS);
    }

    private record Broken(OperatorID getOperatorId) implements OperatorCoordinator.Provider, Serializable {
        @Override
        public OperatorCoordinator create(OperatorCoordinator.Context context) {
            throw new IllegalStateException("no licence");
        }
    }

    @Test
    void providerThatThrowsNamesTheVertex() throws Exception {
        JobGraph graph = new JobGraph(new JobID(), "test", vertex);
        vertex.addOperatorCoordinator(new SerializedValue<>(new Broken(OPERATOR)));
        assertThatThrownBy(() -> JobCoordinators.create(
                        graph,
                        Map.of(),
                        getClass().getClassLoader(),
                        failures::add,
                        UnregisteredMetricGroups.createUnregisteredJobManagerJobMetricGroup()))
                .hasMessage("Cannot instantiate the coordinator for operator Source: numbers")
                .hasRootCauseMessage("no licence");
    }
}

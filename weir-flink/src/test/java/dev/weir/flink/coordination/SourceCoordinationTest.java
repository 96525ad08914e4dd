package dev.weir.flink.coordination;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkAlignmentParams;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.source.coordinator.SourceCoordinatorProvider;
import org.apache.flink.runtime.source.event.AddSplitEvent;
import org.apache.flink.runtime.source.event.NoMoreSplitsEvent;
import org.apache.flink.runtime.source.event.ReaderRegistrationEvent;
import org.apache.flink.runtime.source.event.ReportedWatermarkEvent;
import org.apache.flink.runtime.source.event.RequestSplitEvent;
import org.apache.flink.runtime.source.event.WatermarkAlignmentEvent;
import org.apache.flink.streaming.api.operators.collect.CollectCoordinationRequest;
import org.apache.flink.streaming.api.operators.collect.CollectCoordinationResponse;
import org.apache.flink.streaming.api.operators.collect.CollectSinkAddressEvent;
import org.apache.flink.streaming.api.operators.collect.CollectSinkOperatorCoordinator;
import org.apache.flink.util.SerializedValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flink's own coordinators, unchanged, with subtasks that only record what they are told. */
class SourceCoordinationTest {
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final List<JobVertex> vertices = new ArrayList<>();
    private JobCoordinators all;

    @AfterEach
    void close() {
        if (all != null) {
            all.close();
        }
    }

    private OperatorID add(String name, int parallelism, ProviderOf provider) throws Exception {
        JobVertex vertex = new JobVertex(name);
        vertex.setParallelism(parallelism);
        OperatorID operator = new OperatorID();
        vertex.addOperatorCoordinator(new SerializedValue<>(provider.of(operator)));
        vertices.add(vertex);
        return operator;
    }

    private interface ProviderOf {
        OperatorCoordinator.Provider of(OperatorID operator);
    }

    private static ProviderOf numbers(String name, long from, long to, WatermarkAlignmentParams alignment) {
        return operator ->
                new SourceCoordinatorProvider<>(name, operator, new NumberSequenceSource(from, to), 1, alignment, null);
    }

    private void start() throws Exception {
        JobGraph graph = new JobGraph(new JobID(), "sources", vertices.toArray(new JobVertex[0]));
        all = JobCoordinators.create(
                graph,
                Map.of(),
                getClass().getClassLoader(),
                failures::add,
                UnregisteredMetricGroups.createUnregisteredJobManagerJobMetricGroup());
        all.start();
    }

    private BlockingQueue<OperatorEvent> ready(int vertex, int subtask) {
        BlockingQueue<OperatorEvent> events = new LinkedBlockingQueue<>();
        all.subtaskReady(vertices.get(vertex).getID(), subtask, 0, (operator, event) -> events.add(event));
        return events;
    }

    private void register(OperatorID operator, int subtask) throws Exception {
        all.handleEvent(
                operator,
                subtask,
                0,
                ReaderRegistrationEvent.createReaderRegistrationEvent(
                        subtask, "here", List.of(), new NumberSequenceSource(0, 1).getSplitSerializer()));
    }

    private static OperatorEvent next(BlockingQueue<OperatorEvent> events) throws InterruptedException {
        OperatorEvent event = events.poll(30, SECONDS);
        assertThat(event).as("an event came within 30 s").isNotNull();
        return event;
    }

    @Test
    void splitsOfANumberSequenceReachTheReadersOnce() throws Exception {
        OperatorID operator =
                add("numbers", 2, numbers("numbers", 1, 100, WatermarkAlignmentParams.WATERMARK_ALIGNMENT_DISABLED));
        start();
        SimpleVersionedSerializer<NumberSequenceSource.NumberSequenceSplit> splits =
                new NumberSequenceSource(0, 1).getSplitSerializer();
        List<String> assigned = new ArrayList<>();
        for (int subtask = 0; subtask < 2; subtask++) {
            BlockingQueue<OperatorEvent> events = ready(0, subtask);
            register(operator, subtask);
            all.handleEvent(operator, subtask, 0, new RequestSplitEvent());
            OperatorEvent event = next(events);
            while (event instanceof AddSplitEvent) {
                @SuppressWarnings("unchecked")
                AddSplitEvent<NumberSequenceSource.NumberSequenceSplit> add =
                        (AddSplitEvent<NumberSequenceSource.NumberSequenceSplit>) event;
                add.splits(splits).forEach(split -> assigned.add(split.from() + ".." + split.to()));
                all.handleEvent(operator, subtask, 0, new RequestSplitEvent());
                event = next(events);
            }
            assertThat(event).isInstanceOf(NoMoreSplitsEvent.class);
        }
        assertThat(assigned).containsExactlyInAnyOrder("1..50", "51..100");
        assertThat(failures).isEmpty();
    }

    @Test
    void alignedSourcesShareTheGroupsWatermark() throws Exception {
        WatermarkAlignmentParams alignment = new WatermarkAlignmentParams(10, "group", 5);
        OperatorID fast = add("fast", 1, numbers("fast", 1, 2, alignment));
        OperatorID slow = add("slow", 1, numbers("slow", 1, 2, alignment));
        start();
        BlockingQueue<OperatorEvent> toFast = ready(0, 0);
        ready(1, 0);
        register(fast, 0);
        register(slow, 0);
        all.handleEvent(slow, 0, 0, new ReportedWatermarkEvent(1000));
        all.handleEvent(fast, 0, 0, new ReportedWatermarkEvent(5000));
        OperatorEvent expected = new WatermarkAlignmentEvent(1010);
        OperatorEvent event = next(toFast);
        while (!event.equals(expected)) {
            event = next(toFast);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void closingEndsTheThreadsOfSourceCoordinators() throws Exception {
        OperatorID operator = add(
                "to be closed",
                1,
                numbers("to be closed", 1, 2, WatermarkAlignmentParams.WATERMARK_ALIGNMENT_DISABLED));
        start();
        BlockingQueue<OperatorEvent> events = ready(0, 0);
        register(operator, 0);
        all.handleEvent(operator, 0, 0, new RequestSplitEvent());
        next(events);
        List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("SourceCoordinator-to be closed")
                        || thread.getName().equals("coordination of sources"))
                .toList();
        assertThat(threads).hasSizeGreaterThanOrEqualTo(2);
        all.close();
        for (Thread thread : threads) {
            thread.join(30_000);
            assertThat(thread.isAlive()).as(thread.getName()).isFalse();
        }
    }

    /** A source whose enumerator cannot be made. */
    private static final class BrokenSource extends NumberSequenceSource {
        BrokenSource() {
            super(1, 2);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, java.util.Collection<NumberSequenceSplit>> createEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context) {
            throw new IllegalStateException("no such topic");
        }
    }

    @Test
    void sourceWithoutEnumeratorFailsTheJob() throws Exception {
        add(
                "broken",
                1,
                operator -> new SourceCoordinatorProvider<>(
                        "broken",
                        operator,
                        new BrokenSource(),
                        1,
                        WatermarkAlignmentParams.WATERMARK_ALIGNMENT_DISABLED,
                        null));
        start();
        assertThat(failures.poll(30, SECONDS))
                .hasMessageStartingWith("Global failure triggered by OperatorCoordinator for 'broken'")
                .hasRootCauseMessage("no such topic");
    }

    @Test
    void collectRequestsReachTheSinksSocket() throws Exception {
        OperatorID operator = add("collect", 1, id -> new CollectSinkOperatorCoordinator.Provider(id, 10_000));
        start();
        ready(0, 0);
        CollectCoordinationRequest request = new CollectCoordinationRequest("v1", 3);
        CompletableFuture<CoordinationResponse> early = all.request(operator, request);
        assertThat(((CollectCoordinationResponse) early.get(30, SECONDS)).getLastCheckpointedOffset())
                .isEqualTo(-1);

        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Long> offset = CompletableFuture.supplyAsync(() -> answer(server));
            all.handleEvent(
                    operator,
                    0,
                    0,
                    new CollectSinkAddressEvent(
                            new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort())));
            CoordinationResponse response = all.request(operator, request).get(30, SECONDS);
            assertThat(offset).succeedsWithin(30, SECONDS).isEqualTo(3L);
            assertThat(((CollectCoordinationResponse) response).getLastCheckpointedOffset())
                    .isEqualTo(42);
        }
    }

    private static long answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            CollectCoordinationRequest request = new CollectCoordinationRequest(
                    new DataInputViewStreamWrapper(new DataInputStream(socket.getInputStream())));
            new CollectCoordinationResponse(request.getVersion(), 42, List.of())
                    .serialize(new DataOutputViewStreamWrapper(new DataOutputStream(socket.getOutputStream())));
            return request.getOffset();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

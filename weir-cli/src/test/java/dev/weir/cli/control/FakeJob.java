package dev.weir.cli.control;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.metric.VertexLoad;
import dev.weir.flink.session.AccumulatorTexts;
import dev.weir.flink.session.WeirJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;

/** A job that writes down what is asked of it and answers what the test says. */
public final class FakeJob implements WeirJob {
    /** How its process may have been started. */
    public static final Views.Run RUN = new Views.Run(
            "/old.jar", "org.example.Old", List.of(), 2, List.of("a.b=c"), null, null, List.of("one", "two words"));

    private final JobID id;
    private final JobGraph graph;
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<Result> result = new CompletableFuture<>();
    private volatile JobStatus status = JobStatus.RUNNING;
    private volatile CompletableFuture<String> answer = CompletableFuture.completedFuture("file:/written");
    private volatile @Nullable CheckpointStatistics checkpoints;
    private volatile Diagnosis diagnosis = Diagnosis.withoutCulprit(null);
    private final Deque<List<VertexLoad>> loads = new ConcurrentLinkedDeque<>();

    /** @param id 32 hexadecimal digits */
    public FakeJob(String id, String name) {
        this.id = JobID.fromHexString(id);
        this.graph = new JobGraph(this.id, name);
    }

    /** What was asked, as calls. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** What savepoints and checkpoints come to. */
    public FakeJob answering(CompletableFuture<String> next) {
        answer = next;
        return this;
    }

    public FakeJob in(JobStatus next) {
        status = next;
        return this;
    }

    /** What is answered first, and then for ever. */
    public FakeJob loaded(List<VertexLoad> first, List<VertexLoad> then) {
        loads.add(first);
        loads.add(then);
        return this;
    }

    /** What it is held up by. */
    public FakeJob held(Diagnosis found) {
        diagnosis = found;
        return this;
    }

    public FakeJob with(CheckpointStatistics statistics) {
        checkpoints = statistics;
        return this;
    }

    private CompletableFuture<String> ask(String call) {
        asked.add(call);
        return answer;
    }

    @Override
    public JobID jobId() {
        return id;
    }

    @Override
    public String name() {
        return graph.getName();
    }

    @Override
    public JobStatus status() {
        return status;
    }

    @Override
    public long timestamp(JobStatus asked) {
        return asked == status ? 1_000_000_000_000L : 0;
    }

    @Override
    public CompletableFuture<Result> result() {
        return result;
    }

    @Override
    public CompletableFuture<Void> cancel() {
        asked.add("cancel");
        status = JobStatus.CANCELED;
        result.complete(new Result(status, null, 1, Map.of()));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> suspend() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, SerializedValue<OptionalFailure<Object>>> accumulators() {
        return Map.of();
    }

    @Override
    public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<CoordinationResponse> request(
            String operatorUid, CoordinationRequest request, ConfigOption<Duration> timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<String> savepoint(@Nullable String targetDirectory, SavepointFormatType format) {
        return ask("savepoint " + targetDirectory + " " + format);
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            boolean drain, @Nullable String targetDirectory, SavepointFormatType format) {
        return ask("stop drain=" + drain + " " + targetDirectory + " " + format);
    }

    @Override
    public CompletableFuture<String> cancelWithSavepoint(@Nullable String targetDirectory, SavepointFormatType format) {
        CompletableFuture<String> saved = ask("cancelWithSavepoint " + targetDirectory + " " + format);
        return saved.thenApply(location -> {
            CompletableFuture<Void> unused = cancel();
            return location;
        });
    }

    @Override
    public CompletableFuture<String> checkpoint(boolean full) {
        return ask("checkpoint full=" + full);
    }

    @Override
    public AccumulatorTexts accumulatorTexts() {
        return AccumulatorTexts.EMPTY;
    }

    @Override
    public int restarts() {
        return 0;
    }

    @Override
    public Optional<CheckpointStatistics> checkpoints() {
        return Optional.ofNullable(checkpoints);
    }

    @Override
    public List<VertexLoad> load() {
        List<VertexLoad> load = loads.size() > 1 ? loads.poll() : loads.peek();
        return load == null ? List.of() : load;
    }

    @Override
    public List<SubtaskThread> threads() {
        return List.of();
    }

    @Override
    public CompletableFuture<Diagnosis> diagnose() {
        return CompletableFuture.completedFuture(diagnosis);
    }

    @Override
    public JobGraph jobGraph() {
        return graph;
    }

    @Override
    public List<Failure> failures() {
        return List.of();
    }

    @Override
    public List<SubtaskView> subtasks() {
        return List.of();
    }
}

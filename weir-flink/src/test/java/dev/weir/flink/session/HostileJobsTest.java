package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.accumulators.IntCounter;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobStatusHook;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.CachedDataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs whose user code misbehaves where a runtime least expects it: each must end, and say why. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileJobsTest {
    private static final ConcurrentLinkedQueue<Object> SEEN = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void clear() {
        SEEN.clear();
    }

    private static final class See<T> implements SinkFunction<T> {
        @Override
        public void invoke(T value, Context context) {
            SEEN.add(value);
        }
    }

    private static StreamExecutionEnvironment environment(int parallelism) {
        return StreamExecutionEnvironment.createLocalEnvironment(parallelism);
    }

    private static WeirJob.Result run(JobGraph graph) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            return session.submit(graph, HostileJobsTest.class.getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);
        }
    }

    private static WeirJob.Result run(StreamExecutionEnvironment env) throws Exception {
        return run(env.getStreamGraph().getJobGraph());
    }

    @Test
    void keyGroupsBeyondTheDefaultMaximumReachTheirSubtask() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 500)
                .keyBy(n -> n)
                .sum(0)
                .setParallelism(100)
                .addSink(new See<>())
                .setParallelism(1);

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(SEEN).hasSize(500);
    }

    private static final class Counting extends RichMapFunction<Long, Long> {
        private final boolean ints;

        Counting(boolean ints) {
            this.ints = ints;
        }

        @Override
        public void open(OpenContext context) {
            if (ints) {
                getRuntimeContext().addAccumulator("n", new IntCounter(1));
            } else {
                getRuntimeContext().addAccumulator("n", new LongCounter(1));
            }
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    @Test
    void accumulatorsOfOneNameAndTwoTypesDoNotHoldUpTheEnd() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3)
                .map(new Counting(true))
                .disableChaining()
                .map(new Counting(false))
                .addSink(new See<>());

        WeirJob.Result result = run(env);

        assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        assertThatThrownBy(() -> result.accumulators()
                        .get("n")
                        .deserializeValue(HostileJobsTest.class.getClassLoader())
                        .get())
                .hasStackTraceContaining("n");
    }

    private static final class Silent extends LongCounter {
        @Override
        public Long getLocalValue() {
            throw new IllegalStateException("no value today");
        }

        @Override
        public LongCounter clone() {
            return new Silent();
        }
    }

    private static final class AddsSilent extends RichMapFunction<Long, Long> {
        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator("silent", new Silent());
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    @Test
    void anAccumulatorWithoutAValueDoesNotHoldUpTheEnd() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3).map(new AddsSilent()).addSink(new See<>());

        WeirJob.Result result = run(env);

        assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        assertThatThrownBy(() -> result.accumulators()
                        .get("silent")
                        .deserializeValue(HostileJobsTest.class.getClassLoader())
                        .get())
                .hasStackTraceContaining("no value today");
    }

    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message either");
        }
    }

    @Test
    void anExceptionThatCannotBePrintedStillEndsTheJob() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3)
                .map(n -> {
                    if (n == 2) {
                        throw new Unspeakable();
                    }
                    return n;
                })
                .addSink(new See<>());

        WeirJob.Result result = run(env);

        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(rootOf(result.failure())).isInstanceOf(Unspeakable.class);
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static final class Hook implements JobStatusHook {
        private static final long serialVersionUID = 1L;

        @Override
        public void onCreated(JobID jobId) {}

        @Override
        public void onFinished(JobID jobId) {
            throw new AssertionError("hook");
        }

        @Override
        public void onFailed(JobID jobId, Throwable throwable) {}

        @Override
        public void onCanceled(JobID jobId) {}
    }

    @Test
    void aHookThatThrowsAnErrorDoesNotHoldUpTheEnd() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3).addSink(new See<>());
        JobGraph graph = env.getStreamGraph().getJobGraph();
        graph.setJobStatusHooks(List.of(new Hook()));

        assertThat(run(graph).status()).isEqualTo(JobStatus.FINISHED);
    }

    private static final class MasterSide extends JobVertex {
        private static final long serialVersionUID = 1L;
        private final boolean atStart;

        MasterSide(JobVertex like, boolean atStart) {
            super(like.getName(), like.getID(), like.getOperatorIDs());
            this.atStart = atStart;
        }

        @Override
        public void initializeOnMaster(InitializeOnMasterContext context) {
            if (atStart) {
                throw new AssertionError("initialize");
            }
        }

        @Override
        public void finalizeOnMaster(FinalizeOnMasterContext context) {
            throw new AssertionError("finalize");
        }
    }

    private static JobGraph onMaster(boolean atStart) {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3).addSink(new See<>());
        JobGraph made = env.getStreamGraph().getJobGraph();
        JobVertex only = made.getVertices().iterator().next();
        MasterSide vertex = new MasterSide(only, atStart);
        vertex.setInvokableClass(only.getInvokableClass(HostileJobsTest.class.getClassLoader()));
        vertex.getConfiguration().addAll(only.getConfiguration());
        only.getOperatorCoordinators().forEach(vertex::addOperatorCoordinator);
        vertex.setParallelism(1);
        JobGraph graph = new JobGraph(made.getName());
        graph.setSerializedExecutionConfig(made.getSerializedExecutionConfig());
        graph.getJobConfiguration().addAll(made.getJobConfiguration());
        graph.addVertex(vertex);
        return graph;
    }

    @Test
    void anErrorAtTheJobsEndFailsIt() throws Exception {
        WeirJob.Result result = run(onMaster(false));

        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasMessage("finalize").isInstanceOf(AssertionError.class);
    }

    @Test
    void anErrorAtTheJobsStartIsThrownAndTheSessionCloses() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            assertThatThrownBy(() -> session.submit(onMaster(true), HostileJobsTest.class.getClassLoader()))
                    .hasRootCauseMessage("initialize");
            assertThat(session.jobs()).isEmpty();
        }
    }

    private static final class ThrowableSource implements SourceFunction<Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void run(SourceContext<Long> ctx) {
            ctx.collect(1L);
            HostileJobsTest.<RuntimeException>sneak(new Throwable("neither error nor exception"));
        }

        @Override
        public void cancel() {}
    }

    @SuppressWarnings("unchecked") // the point of it
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void aBareThrowableOfALegacySourceFailsTheJob() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.addSource(new ThrowableSource()).returns(Long.class).addSink(new See<>());

        WeirJob.Result result = run(env);

        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasRootCauseMessage("neither error nor exception");
    }

    private static final class Opens extends RichMapFunction<Long, Long> {
        private final String file;

        Opens(String file) {
            this.file = file;
        }

        @Override
        public Long map(Long value) throws IOException {
            org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(file);
            SEEN.add(path.getFileSystem().open(path));
            return value;
        }
    }

    @Test
    void filesThatUserCodeForgetsAreClosed(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("some"), "text");
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 1).map(new Opens(file.toUri().toString())).print();

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        FSDataInputStream stream = (FSDataInputStream) SEEN.remove();
        assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
    }

    @Test
    void optionsWithoutEffectAreNamed() {
        Configuration configuration = new Configuration();
        configuration.setString("high-availability.type", "zookeeper");
        configuration.setString("taskmanager.jvm-exit-on-oom", "true");
        configuration.setString("jobmanager.archive.fs.dir", "/some/where");
        configuration.setString("execution.batch.speculative.enabled", "true");
        configuration.setString("external-resources", "gpu");

        assertThat(NotYet.of(configuration))
                .hasSize(5)
                .anyMatch(line -> line.startsWith("high-availability.type=zookeeper: "));
        assertThat(NotYet.of(new Configuration())).isEmpty();
    }

    @Test
    void aSavepointToStartFromIsRefusedRatherThanIgnored() {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 3).addSink(new See<>());
        JobGraph graph = env.getStreamGraph().getJobGraph();
        graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath("/some/savepoint"));

        assertThatThrownBy(() -> run(graph)).hasStackTraceContaining("/some/savepoint");
    }

    /** Answers the first record only; the others hear of the end when it is closed. */
    private static final class Client extends RichAsyncFunction<Long, Long> {
        private static final long serialVersionUID = 1L;
        private transient List<ResultFuture<Long>> waiting;

        @Override
        public void open(OpenContext context) {
            waiting = new ArrayList<>();
        }

        @Override
        public void asyncInvoke(Long input, ResultFuture<Long> result) {
            if (waiting.size() == 2) {
                result.complete(List.of(input));
            } else {
                waiting.add(result);
            }
        }

        @Override
        public void close() {
            waiting.forEach(each -> each.completeExceptionally(new IOException("client closed")));
        }
    }

    @Test
    void failuresThatFollowFromClosingDoNotHideTheCause() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        AsyncDataStream.unorderedWait(env.fromSequence(1, 3), new Client(), 1, TimeUnit.HOURS, 10)
                .map(n -> {
                    if (n > 0) {
                        throw new IllegalArgumentException("the cause");
                    }
                    return n;
                })
                .returns(Long.class)
                .addSink(new See<>());

        assertThat(run(env).failure()).hasRootCauseMessage("the cause");
    }

    private static final class Blocks implements SinkFunction<Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void invoke(Long value, Context context) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    private static final class EmitsOnClose extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void processElement(StreamRecord<Long> element) {
            throw new IllegalStateException("the cause");
        }

        @Override
        public void close() {
            for (long n = 0; n < 1_000_000; n++) {
                output.collect(new StreamRecord<>(n));
            }
        }
    }

    @Test
    void aFailedTaskThatEmitsWhileItIsClosedWaitsForNobody() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.fromSequence(1, 10)
                .transform("closing", Types.LONG, new EmitsOnClose())
                .rebalance()
                .addSink(new Blocks())
                .setParallelism(2);

        assertThat(run(env).failure()).hasRootCauseMessage("the cause");
    }

    @Test
    void aCachedStreamIsComputedLikeAnyOther() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        CachedDataStream<Long> cached =
                env.fromSequence(1, 10).map(n -> n * 2).returns(Long.class).cache();
        cached.map(n -> n).returns(Long.class).addSink(new See<>());
        WeirJob.Result result = run(env);
        assertThat(result.failure()).isNull();
        assertThat(SEEN).hasSize(10);
    }
}

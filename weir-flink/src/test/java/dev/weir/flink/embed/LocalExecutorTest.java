package dev.weir.flink.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.accumulators.IntCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.connector.dsv2.DataStreamV2SinkUtils;
import org.apache.flink.api.connector.dsv2.DataStreamV2SourceUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.api.common.Collector;
import org.apache.flink.datastream.api.context.PartitionedContext;
import org.apache.flink.datastream.api.function.OneInputStreamProcessFunction;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program in an IDE does, with weir-flink in the place of flink-clients. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LocalExecutorTest {
    @TempDir
    Path directory;

    private static final Set<Thread> TASK_THREADS = ConcurrentHashMap.newKeySet();
    private static final ConcurrentLinkedQueue<Integer> SEEN = new ConcurrentLinkedQueue<>();
    private static volatile CountDownLatch running = new CountDownLatch(1);

    private final StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();

    @BeforeEach
    void clear() {
        TASK_THREADS.clear();
        SEEN.clear();
        running = new CountDownLatch(1);
    }

    @Test
    void executesAndCollects() throws Exception {
        List<Long> collected =
                env.fromSequence(1, 1_000).map(number -> number * 2).executeAndCollect(2_000);
        assertThat(collected).hasSize(1_000).contains(2L, 1_000L, 2_000L);
    }

    @Test
    void aLimitEndsAnEndlessJob() throws Exception {
        assertThat(env.fromSequence(0, Long.MAX_VALUE).executeAndCollect(5)).hasSize(5);
    }

    @Test
    void theResultHasAccumulatorsAndNoThreadIsLeft() throws Exception {
        env.fromData(1, 2, 3).map(new Counting()).sinkTo(new DiscardingSink<>());
        JobExecutionResult result = env.execute("counting");
        assertThat(result.<Integer>getAccumulatorResult("records")).isEqualTo(3);
        assertThat(result.getNetRuntime()).isNotNegative();
        assertThat(TASK_THREADS).isNotEmpty().noneMatch(Thread::isAlive);
    }

    @Test
    void severalJobsOfOneEnvironment() throws Exception {
        for (int job = 1; job <= 3; job++) {
            env.fromData(job).map(new Counting()).sinkTo(new DiscardingSink<>());
            assertThat(env.execute().<Integer>getAccumulatorResult("records")).isEqualTo(1);
        }
    }

    @Test
    void theClientFollowsAndCancelsAJob() throws Exception {
        env.setParallelism(1);
        env.fromSequence(0, Long.MAX_VALUE).map(new Endless()).sinkTo(new DiscardingSink<>());
        JobClient client = env.executeAsync("endless");
        running.await();
        assertThat(client.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
        assertThat(client.getAccumulators().get()).isNotNull();
        String savepoint = client.triggerSavepoint(directory.toString(), SavepointFormatType.CANONICAL)
                .get();
        assertThat(Path.of(URI.create(savepoint)).resolve("_metadata")).exists();

        client.cancel().get();

        assertThat(client.getJobStatus().get()).isEqualTo(JobStatus.CANCELED);
        assertThatThrownBy(() -> client.getJobExecutionResult().get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(JobCancellationException.class)
                .hasMessageContaining("Job was cancelled.");
    }

    @Test
    void theUsersExceptionIsInTheCauseChainAndListenersHearOfIt() {
        List<String> heard = new ArrayList<>();
        env.registerJobListener(new Listener(heard));
        env.fromData(1)
                .map(number -> {
                    if (number > 0) {
                        throw new IllegalStateException("no place for " + number);
                    }
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        assertThatThrownBy(() -> env.execute("failing"))
                .isInstanceOf(JobExecutionException.class)
                .hasMessageContaining("Job execution failed.")
                .rootCause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no place for 1");
        assertThat(heard).containsExactly("submitted", "failed with JobExecutionException");
    }

    @Test
    void aSavepointThatIsNotThereIsNamed() {
        StreamExecutionEnvironment restoring = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(StateRecoveryOptions.SAVEPOINT_PATH, "/no-such-savepoint"));
        restoring.fromData(1).sinkTo(new DiscardingSink<>());
        assertThatThrownBy(() -> restoring.execute("restoring")).rootCause().hasMessageContaining("/no-such-savepoint");
    }

    @Test
    void whatTheGraphItselfStartsFromCounts() {
        env.fromData(1).sinkTo(new DiscardingSink<>());
        StreamGraph graph = env.getStreamGraph();
        graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath("/no-such-savepoint"));

        assertThatThrownBy(() -> env.execute(graph)).rootCause().hasMessageContaining("/no-such-savepoint");
    }

    @Test
    void dataStreamV2() throws Exception {
        ExecutionEnvironment v2 = ExecutionEnvironment.getInstance();
        v2.fromSource(DataStreamV2SourceUtils.fromData(List.of(1, 2, 3)), "numbers")
                .process(new Seeing())
                .toSink(DataStreamV2SinkUtils.wrapSink(new DiscardingSink<>()));
        v2.execute("v2");
        assertThat(SEEN).containsExactlyInAnyOrder(1, 2, 3);
    }

    private static final class Counting extends RichMapFunction<Integer, Integer> {
        private final IntCounter records = new IntCounter();

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator("records", records);
        }

        @Override
        public Integer map(Integer value) {
            TASK_THREADS.add(Thread.currentThread());
            records.add(1);
            return value;
        }
    }

    private static final class Endless extends RichMapFunction<Long, Long> {
        @Override
        public Long map(Long value) {
            running.countDown();
            return value;
        }
    }

    private static final class Seeing implements OneInputStreamProcessFunction<Integer, Integer> {
        @Override
        public void processRecord(Integer record, Collector<Integer> output, PartitionedContext<Integer> context) {
            SEEN.add(record);
            output.collect(record);
        }
    }

    private record Listener(List<String> heard) implements JobListener {
        @Override
        public void onJobSubmitted(@Nullable JobClient client, @Nullable Throwable failure) {
            heard.add("submitted");
        }

        @Override
        public void onJobExecuted(@Nullable JobExecutionResult result, @Nullable Throwable failure) {
            heard.add(
                    failure == null
                            ? "finished"
                            : "failed with " + failure.getClass().getSimpleName());
        }
    }
}

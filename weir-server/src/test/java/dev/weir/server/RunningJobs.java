package dev.weir.server;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A session with a server, and jobs that run until they are told to end. */
final class RunningJobs implements AutoCloseable {
    /** Static as functions are serialized; renewed for each job. */
    private static CountDownLatch running = new CountDownLatch(1);

    private static final AtomicBoolean FAIL = new AtomicBoolean();

    final WeirSession session;
    final RestServer server;
    final Configuration configuration;
    final List<JobID> cancelled = new CopyOnWriteArrayList<>();

    private static final class CountingMap extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final LongCounter seen = new LongCounter();

        @Override
        public void open(OpenContext openContext) {
            getRuntimeContext().addAccumulator("seen", seen);
        }

        @Override
        public Long map(Long value) {
            if (FAIL.getAndSet(false)) {
                throw new IllegalStateException("told to fail");
            }
            seen.add(1);
            running.countDown();
            return value;
        }
    }

    RunningJobs(Configuration given, Path directory) throws IOException {
        configuration = new Configuration(given)
                .set(RestOptions.PORT, 0)
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        directory.resolve("checkpoints").toUri().toString())
                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
        session = new WeirSession(configuration);
        RestSettings settings = RestSettings.of(
                        configuration, directory.resolve("savepoints").toUri().toString())
                .orElseThrow();
        server = RestServer.open(session, settings, cancelled::add);
    }

    /** Returns when records flow. */
    WeirJob start(String name) throws Exception {
        running = new CountDownLatch(1);
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
        env.setParallelism(2);
        env.enableCheckpointing(Duration.ofHours(1).toMillis());
        env.fromSequence(1, Long.MAX_VALUE)
                .keyBy(value -> value % 10)
                .map(new CountingMap())
                .returns(Types.LONG)
                .name("count")
                .sinkTo(new DiscardingSink<>());
        var graph = env.getStreamGraph();
        graph.setJobName(name);
        WeirJob job = session.submit(graph, getClass().getClassLoader());
        running.await();
        awaitRunning(job);
        return job;
    }

    /** Waits until every subtask runs: a checkpoint needs all. */
    static void awaitRunning(WeirJob job) throws InterruptedException {
        while (!job.subtasks().stream().allMatch(subtask -> subtask.state() == ExecutionState.RUNNING)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** The next record fails, and the job goes on after that. */
    void fail() {
        FAIL.set(true);
    }

    @Override
    public void close() {
        session.close();
        server.close();
    }
}

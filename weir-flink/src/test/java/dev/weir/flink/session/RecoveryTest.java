package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.TieredOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that fail in the midst of their input and end as if they had not. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RecoveryTest {
    private static final long RECORDS = 200_000;
    static final AtomicInteger FAILURES = new AtomicInteger();
    private static final AtomicInteger TOLD = new AtomicInteger();
    private static final ConcurrentLinkedQueue<Long> SEEN = new ConcurrentLinkedQueue<>();
    private static final ConcurrentHashMap<Long, Long> LAST = new ConcurrentHashMap<>();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        FAILURES.set(0);
        SEEN.clear();
        LAST.clear();
        WeirSessionTest.OUTPUT.clear();
    }

    private StreamExecutionEnvironment environment(int parallelism) {
        return environment(parallelism, directory);
    }

    static StreamExecutionEnvironment environment(int parallelism, Path directory) {
        Configuration configuration = new Configuration();
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, java.time.Duration.ofMillis(1));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        env.enableCheckpointing(20);
        return env;
    }

    private static WeirJob.Result run(StreamExecutionEnvironment env) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            return session.submit(env.getStreamGraph().getJobGraph(), RecoveryTest.class.getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);
        }
    }

    /** Fails after every other completed checkpoint, three times in all. */
    static class FailAfterCheckpoint extends RichMapFunction<Long, Long> implements CheckpointListener {
        private int completed;
        private boolean due;

        @Override
        public Long map(Long value) throws Exception {
            if (value % 100 == 0) {
                // slow until it has failed, lest its input ends before that
                LockSupport.parkNanos(FAILURES.get() == 0 ? 2_000_000 : 100_000);
            }
            if (due) {
                due = false;
                throw new IllegalStateException("failure " + FAILURES.incrementAndGet());
            }
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            completed++;
            due = completed % 2 == 0 && FAILURES.get() < 3;
        }
    }

    private static final class Sum extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private ListState<Long> state;
        private long sum;
        private long count;

        @Override
        public Long map(Long value) {
            sum += value;
            count++;
            return count % 1000 == 0 ? -1L : -2L;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            state.update(List.of(sum, count));
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            state = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("sum", Types.LONG));
            for (Long value : state.get()) {
                if (sum == 0) {
                    sum = value;
                } else {
                    count = value;
                }
            }
        }

        @Override
        public void close() {
            LAST.put((long) getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), sum);
        }
    }

    @Test
    void operatorStateAndSourcePositionsGoBackTogether() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.fromSequence(1, RECORDS)
                .map(new FailAfterCheckpoint())
                .disableChaining()
                .map(new Sum())
                .sinkTo(new org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink<>());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        assertThat(FAILURES.get()).isPositive();
        assertThat(LAST.values().stream().mapToLong(n -> n).sum()).isEqualTo(RECORDS * (RECORDS + 1) / 2);
    }

    @Test
    void aBoundedJobDoesNotWaitForThePeriodOfItsCheckpoints() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.enableCheckpointing(600_000);
        env.fromSequence(1, 10).sinkTo(new CommittingSink());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(WeirSessionTest.OUTPUT).hasSize(10);
    }

    /** As in Flink they wait after a failure, not when the job begins. */
    @Test
    void sourcesThatWaitForTheFirstCheckpointDoNotWaitForItsPeriod() throws Exception {
        StreamExecutionEnvironment env = environment(1);
        env.enableCheckpointing(600_000);
        env.configure(new Configuration().set(CheckpointingOptions.PAUSE_SOURCES_UNTIL_FIRST_CHECKPOINT, true));
        Witness.seenAgain = false;
        env.fromSequence(1, 1_000_000_000L).map(new Witness()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph().getJobGraph(), RecoveryTest.class.getClassLoader());
            while (!Witness.seenAgain) {
                assertThat(job.result()).isNotDone();
                Thread.sleep(1);
            }
            assertThat(job.checkpoints().orElseThrow().counts().total())
                    .as("checkpoints when the first record came again: one before the failure, one after it")
                    .isEqualTo(2);
            job.cancel().get(50, TimeUnit.SECONDS);
        }
    }

    /** Fails when it hears of the first checkpoint. */
    private static final class Witness extends RichMapFunction<Long, Long> implements CheckpointListener {
        static volatile boolean seenAgain;
        private boolean again;

        @Override
        public void open(OpenContext context) {
            again = getRuntimeContext().getTaskInfo().getAttemptNumber() > 0;
        }

        @Override
        public Long map(Long value) {
            if (again) {
                seenAgain = true;
            }
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (!again) {
                throw new IllegalStateException("it fails once");
            }
        }
    }

    /** Its committers take their time, and others read what they emit. */
    private static final class TellingSink extends CommittingSink implements SupportsPostCommitTopology<String> {
        @Override
        public Committer<String> createCommitter(CommitterInitContext context) {
            Committer<String> committer = super.createCommitter(context);
            return new Committer<>() {
                @Override
                public void commit(Collection<CommitRequest<String>> requests)
                        throws IOException, InterruptedException {
                    TimeUnit.MILLISECONDS.sleep(300);
                    committer.commit(requests);
                }

                @Override
                public void close() throws Exception {
                    committer.close();
                }
            };
        }

        @Override
        public void addPostCommitTopology(DataStream<CommittableMessage<String>> committed) {
            committed
                    .global()
                    .map(message -> {
                        if (message instanceof CommittableWithLineage) {
                            TOLD.incrementAndGet();
                        }
                        return message;
                    })
                    .returns(committed.getType());
        }
    }

    /** On hearing of the last checkpoint. Flink drops these: see the decision on committables in ARCHITECTURE.md. */
    @Test
    void whatCommittersEmitOnTheLastCheckpointIsRead() throws Exception {
        TOLD.set(0);
        StreamExecutionEnvironment env = environment(2);
        env.enableCheckpointing(600_000);
        env.fromSequence(1, 10).sinkTo(new TellingSink());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(WeirSessionTest.OUTPUT).hasSize(10);
        assertThat(TOLD).hasValue(10);
    }

    /** Emits when it hears of a checkpoint, the last one included. */
    private static final class Chatty extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        @Override
        public void processElement(StreamRecord<Long> element) {
            output.collect(element);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) throws Exception {
            super.notifyCheckpointComplete(checkpointId);
            output.collect(new StreamRecord<>(-checkpointId));
        }
    }

    /** As in Flink: a sink's writer would refuse it. */
    @Test
    void whatOthersEmitOnTheLastCheckpointIsDropped() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.enableCheckpointing(600_000);
        env.fromSequence(1, 10)
                .transform("chatty", Types.LONG, new Chatty())
                .rebalance()
                .sinkTo(new CommittingSink());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(WeirSessionTest.OUTPUT).hasSize(10);
    }

    private static final class Count extends RichMapFunction<Long, Long> {
        private ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public Long map(Long value) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            LAST.merge(value % 1000, now, Math::max);
            return now;
        }
    }

    /** Fails in one subtask while the other neither ends nor hears of interrupts. */
    private static final class FailBesideADeafOne extends RichMapFunction<Long, Long> {
        static final java.util.concurrent.CountDownLatch RELEASE = new java.util.concurrent.CountDownLatch(1);
        static final java.util.concurrent.CountDownLatch DEAF = new java.util.concurrent.CountDownLatch(1);

        @Override
        public Long map(Long value) throws Exception {
            if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
                DEAF.await();
                throw new IllegalStateException("failure " + FAILURES.incrementAndGet());
            }
            DEAF.countDown();
            boolean released = false;
            while (!released) {
                try {
                    RELEASE.await();
                    released = true;
                } catch (InterruptedException e) {
                    // deaf
                }
            }
            return value;
        }
    }

    @Test
    void noSecondAttemptRunsBesideAThreadOfTheFirst() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        Configuration impatient = new Configuration();
        impatient.set(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT, java.time.Duration.ofMillis(50));
        impatient.set(JobManagerOptions.EXECUTION_FAILOVER_STRATEGY, "full");
        env.configure(impatient);
        env.fromSequence(1, 1000).map(new FailBesideADeafOne()).addSink(new SinkFunction<Long>() {});

        WeirJob.Result result = run(env);
        FailBesideADeafOne.RELEASE.countDown();

        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasRootCauseMessage("failure 1");
        assertThat(FAILURES.get()).isEqualTo(1);
    }

    /** Slow enough that the channels before it are full. */
    private static final class Slow extends RichMapFunction<Long, Long> {
        @Override
        public Long map(Long value) {
            if (value % 50 == 0) {
                LockSupport.parkNanos(FAILURES.get() < 3 ? 2_000_000 : 200_000);
            }
            return value;
        }
    }

    @Test
    void recordsThatABarrierHasOvertakenAreProcessedOnce() throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.getCheckpointConfig().enableUnalignedCheckpoints();
        env.fromSequence(1, RECORDS)
                .map(new FailAfterCheckpoint())
                .keyBy(n -> n % 1000)
                .map(new Count())
                .map(n -> n)
                .rebalance()
                .map(new Slow())
                .addSink(new SinkFunction<Long>() {});

        WeirJob.Result result;
        long persisted;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph().getJobGraph(), RecoveryTest.class.getClassLoader());
            result = job.result().get(50, TimeUnit.SECONDS);
            persisted = job.checkpoints()
                    .orElseThrow()
                    .summary()
                    .alignmentPersistedBytes()
                    .max();
        }

        assertThat(result.failure()).isNull();
        assertThat(FAILURES.get()).isPositive();
        assertThat(persisted).as("bytes in flight").isPositive();
        assertThat(new TreeMap<>(LAST)).hasSize(1000).allSatisfy((key, count) -> assertThat(count)
                .isEqualTo(200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hashmap", "rocksdb", "tiered"})
    void keyedStateGoesBackWithItsInput(String store) throws Exception {
        StreamExecutionEnvironment env = environment(2);
        env.configure(new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, store)
                .set(TieredOptions.FRACTION, 0.00005));
        env.fromSequence(1, RECORDS)
                .map(new FailAfterCheckpoint())
                .keyBy(n -> n % 1000)
                .map(new Count())
                .addSink(new SinkFunction<Long>() {});

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(FAILURES.get()).isPositive();
        assertThat(new TreeMap<>(LAST)).hasSize(1000).allSatisfy((key, count) -> assertThat(count)
                .isEqualTo(200));
    }
}

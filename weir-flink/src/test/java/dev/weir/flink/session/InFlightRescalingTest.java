package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an unaligned checkpoint has in flight goes to other subtasks, as it was, although its consumers changed it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InFlightRescalingTest {
    private static final long RECORDS = 200_000;
    private static final int KEYS = 1000;
    private static final int COUNT_VERTEX = 2;
    private static final Map<Long, Long> COUNTS = new ConcurrentHashMap<>();
    private static final AtomicLong DAMAGED = new AtomicLong();
    private static volatile boolean slow;

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        COUNTS.clear();
        DAMAGED.set(0);
        slow = true;
    }

    /** A record that those who get it make use of. */
    public static final class Parcel {
        public long number;
        public long[] content = {};

        static Parcel of(long number) {
            Parcel parcel = new Parcel();
            parcel.number = number;
            parcel.content = new long[] {number, -number, number ^ 42};
            return parcel;
        }

        boolean isWhole() {
            return content.length == 3 && content[0] == number && content[1] == -number && content[2] == (number ^ 42);
        }
    }

    /** Takes a parcel apart in place and sends a new one. */
    private static Parcel unpacked(Parcel parcel) {
        if (!parcel.isWhole()) {
            DAMAGED.incrementAndGet();
        }
        Parcel next = Parcel.of(parcel.number);
        parcel.content[0] = 0;
        parcel.content[1]++;
        parcel.content = new long[0];
        parcel.number = -1;
        return next;
    }

    private static final class Count extends RichMapFunction<Parcel, Parcel> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public Parcel map(Parcel parcel) throws Exception {
            long key = parcel.number % KEYS;
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            COUNTS.put(key, now);
            return unpacked(parcel);
        }
    }

    /** Slow enough, in the first job, that the channels before it are full. */
    private static final class Slow implements MapFunction<Parcel, Long> {
        @Override
        public Long map(Parcel parcel) {
            if (slow && parcel.number % 20 == 0) {
                LockSupport.parkNanos(2_000_000);
            }
            return unpacked(parcel).number;
        }
    }

    private JobGraph job(int parallelism, Configuration options) {
        Configuration configuration = new Configuration(options);
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        configuration.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        env.enableCheckpointing(50);
        env.getCheckpointConfig().enableUnalignedCheckpoints();
        env.getConfig().enableObjectReuse();
        env.setMaxParallelism(64);
        env.fromSequence(0, RECORDS - 1)
                .uid("numbers")
                .map(Parcel::of)
                .uid("parcels")
                .rebalance()
                .map(InFlightRescalingTest::unpacked)
                .uid("first")
                .keyBy(parcel -> parcel.number % KEYS)
                .map(new Count())
                .uid("count")
                .rebalance()
                .map(new Slow())
                .uid("slow")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void itGoesToOtherSubtasks(int parallelism) throws Exception {
        ClassLoader loader = InFlightRescalingTest.class.getClassLoader();
        Checkpoint latest = checkpointWithRecordsInFlight(loader);
        JobGraph next = job(parallelism, new Configuration());
        next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(latest.location()));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(next, loader).result().get(50, TimeUnit.SECONDS);

            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
        assertThat(DAMAGED).as("parcels that are not as they were sent").hasValue(0);
        assertThat(COUNTS).hasSize(KEYS).allSatisfy((key, count) -> assertThat(count)
                .isEqualTo(RECORDS / KEYS));
    }

    @Test
    void itIsLeftOutWhereThatIsAskedForOfTheCheckpoint() throws Exception {
        ClassLoader loader = InFlightRescalingTest.class.getClassLoader();
        Checkpoint latest = checkpointWithRecordsInFlight(loader);
        JobGraph next = job(
                2, new Configuration().set(StateRecoveryOptions.CHECKPOINT_ID_OF_IGNORED_IN_FLIGHT_DATA, latest.id()));
        next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(latest.location()));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(next, loader).result().get(50, TimeUnit.SECONDS);

            assertThat(result.status()).as("%s", result.failure()).isEqualTo(JobStatus.FINISHED);
        }
        assertThat(COUNTS.values().stream().mapToLong(count -> count).sum()).isLessThan(RECORDS);
    }

    /** Of a job at parallelism 2 that is over. */
    private Checkpoint checkpointWithRecordsInFlight(ClassLoader loader) throws Exception {
        Checkpoint latest;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob first = session.submit(job(2, new Configuration()), loader);
            while (persistedBytes(first) < 1000 && !first.result().isDone()) {
                Waits.aMoment();
            }
            first.cancel().get();
            latest = first.checkpoints().orElseThrow().latestCompleted();
        }
        assertThat(persistedBytes(latest))
                .as("records on their way to the counts")
                .isPositive();
        COUNTS.clear();
        slow = false;
        return latest;
    }

    private static long persistedBytes(WeirJob job) {
        Checkpoint latest = job.checkpoints().orElseThrow().latestCompleted();
        return latest == null ? 0 : persistedBytes(latest);
    }

    private static long persistedBytes(Checkpoint checkpoint) {
        return checkpoint.vertices().get(COUNT_VERTEX).subtasks().stream()
                .mapToLong(row -> row.metrics().alignmentPersistedBytes())
                .sum();
    }

    private static final AtomicLong PASSED = new AtomicLong();

    /** Counts, without state, what has passed since the checkpoint; what had by then is operator state. */
    private static final class Tally extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private transient ListState<Long> counts;
        private transient long count;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            counts = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("counts", Types.LONG));
            for (long each : counts.get()) {
                count += each;
            }
        }

        @Override
        public Long map(Long number) {
            count++;
            if (slow && number % 20 == 0) {
                LockSupport.parkNanos(2_000_000);
            }
            return number;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            counts.update(List.of(count));
        }

        @Override
        public void close() {
            PASSED.addAndGet(count);
        }
    }

    /** Two streams by key, joined to one that has none. */
    private JobGraph unkeyed(int parallelism) {
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory);
        env.configure(new Configuration()
                .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
        env.setMaxParallelism(64);
        DataStream<Long> numbers = env.fromSequence(0, RECORDS - 1)
                .uid("numbers")
                .map(number -> number)
                .returns(Types.LONG)
                .uid("map");
        numbers.keyBy(number -> number % KEYS)
                .union(numbers.keyBy(number -> number % 7))
                .map(new Tally())
                .uid("tally")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    /** The operator has no key; that its records are each for one subtask is known by the edge. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void recordsOfEdgesByKeyGoToOneSubtaskAlsoWhereTheOperatorHasNoKey(int parallelism) throws Exception {
        ClassLoader loader = InFlightRescalingTest.class.getClassLoader();
        Checkpoint latest;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob first = session.submit(unkeyed(2), loader);
            while (allPersistedBytes(first) < 1000 && !first.result().isDone()) {
                Waits.aMoment();
            }
            first.cancel().get();
            latest = first.checkpoints().orElseThrow().latestCompleted();
        }
        assertThat(latest.sum(SubtaskMetrics::alignmentPersistedBytes)).isPositive();
        slow = false;
        PASSED.set(0);
        JobGraph next = unkeyed(parallelism);
        next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(latest.location()));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(next, loader).result().get(50, TimeUnit.SECONDS);

            assertThat(result.status()).as("%s", result.failure()).isEqualTo(JobStatus.FINISHED);
        }
        assertThat(PASSED).hasValue(2 * RECORDS);
    }

    private static long allPersistedBytes(WeirJob job) {
        Checkpoint latest = job.checkpoints().orElseThrow().latestCompleted();
        return latest == null ? 0 : latest.sum(SubtaskMetrics::alignmentPersistedBytes);
    }

    /** Sends numbers at time 3, says that it is 10, and is quiet from then on, also when it starts again. */
    @SuppressWarnings("deprecation") // the legacy API says when each watermark comes
    private static final class Quiet implements SourceFunction<Long>, CheckpointedFunction {
        private static final long NUMBERS = 300;
        private transient ListState<Long> position;
        private transient long next;
        private volatile boolean cancelled;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            position = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("position", Types.LONG));
            for (long restored : position.get()) {
                next = restored;
            }
        }

        @Override
        public void run(SourceContext<Long> context) throws Exception {
            while (next < NUMBERS) {
                synchronized (context.getCheckpointLock()) {
                    context.collectWithTimestamp(next++, 3);
                    if (next == NUMBERS) {
                        context.emitWatermark(new Watermark(10));
                    }
                }
            }
            while (!cancelled) {
                Waits.aMoment();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            position.update(List.of(next));
        }
    }

    /** Has counted, when it is 9. */
    private static final class Timed extends KeyedProcessFunction<Long, Long, Long> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            Long before = count.value();
            count.update(before == null ? 1 : before + 1);
            context.timerService().registerEventTimeTimer(9);
            PASSED.incrementAndGet();
            if (slow) {
                LockSupport.parkNanos(20_000_000);
            }
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) throws Exception {
            COUNTS.put(timestamp, count.value());
        }
    }

    private JobGraph timed() {
        StreamExecutionEnvironment env = RecoveryTest.environment(1, directory);
        env.enableCheckpointing(600_000);
        env.configure(new Configuration()
                .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
        env.addSource(new Quiet())
                .uid("quiet")
                .keyBy(number -> 0L)
                .process(new Timed())
                .uid("timed")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    /** As in Flink: whoever sent them may send none for long. */
    @Test
    void watermarksAreAmongIt() throws Exception {
        ClassLoader loader = InFlightRescalingTest.class.getClassLoader();
        PASSED.set(0);
        String checkpoint;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob first = session.submit(timed(), loader);
            while (PASSED.get() < 10) {
                Waits.aMoment();
            }
            Subtasks.awaitRunning(first);
            checkpoint = first.checkpoint(false).get(50, TimeUnit.SECONDS);
            assertThat(allPersistedBytes(first)).isPositive();
            assertThat(COUNTS).as("the time has not come").isEmpty();
            first.cancel().get();
        }
        slow = false;
        JobGraph next = timed();
        next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(checkpoint));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob second = session.submit(next, loader);
            while (COUNTS.isEmpty() && !second.result().isDone()) {
                Waits.aMoment();
            }
            assertThat(COUNTS).containsEntry(9L, Quiet.NUMBERS);
            second.cancel().get();
        }
    }
}

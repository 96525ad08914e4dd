package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What restarts when something fails, and that the results do not show it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RegionFailoverTest {
    private static final long RECORDS = 8_000;

    /** How often each subtask of a {@link Probe} was opened, by its name and index. */
    private static final Map<String, AtomicInteger> OPENED = new ConcurrentHashMap<>();

    private static final Set<String> FAILED = ConcurrentHashMap.newKeySet();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        OPENED.clear();
        FAILED.clear();
        WeirSessionTest.OUTPUT.clear();
    }

    /** Counts how often it is opened, and passes its records on, slowly until everything has failed that is to fail. */
    private static class Probe extends RichMapFunction<Long, Long> {
        final String name;
        final int failures;

        Probe(String name, int failures) {
            this.name = name;
            this.failures = failures;
        }

        @Override
        public void open(OpenContext context) {
            OPENED.computeIfAbsent(name + index(), key -> new AtomicInteger()).incrementAndGet();
        }

        int index() {
            return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        }

        @Override
        public Long map(Long value) {
            if (value % 10 == 0 && FAILED.size() < failures) {
                LockSupport.parkNanos(5_000_000);
            }
            return value;
        }
    }

    /** Fails in its first subtask as it hears of a checkpoint, before the next one, as often as it is to fail. */
    private static class Failing extends Probe implements CheckpointListener {
        private int completed;

        Failing(String name, int failures) {
            super(name, failures);
        }

        /** After how many checkpoints. */
        int due() {
            return 1;
        }

        void onFailure() {}

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            completed++;
            if (completed >= due() && index() == 0 && FAILED.size() < failures) {
                FAILED.add(name + FAILED.size());
                onFailure();
                throw new IllegalStateException("a failure of " + name);
            }
        }
    }

    private WeirJob run(StreamExecutionEnvironment env) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph().getJobGraph(), RegionFailoverTest.class.getClassLoader());
            WeirJob.Result result = job.result().get(100, TimeUnit.SECONDS);
            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
            return job;
        }
    }

    private static int opened(String subtask) {
        return OPENED.getOrDefault(subtask, new AtomicInteger()).get();
    }

    private static List<String> committed() {
        return WeirSessionTest.OUTPUT.stream().sorted().toList();
    }

    private static List<String> numbers(long... firstAndLast) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < firstAndLast.length; i += 2) {
            LongStream.rangeClosed(firstAndLast[i], firstAndLast[i + 1])
                    .mapToObj(String::valueOf)
                    .forEach(all::add);
        }
        return all.stream().sorted().toList();
    }

    private static void shuffled(StreamExecutionEnvironment env, long first, Probe probe) {
        KeyedStream<Long, Long> keyed =
                env.fromSequence(first, first + RECORDS - 1).map(probe).keyBy(n -> n % 100);
        keyed.map(n -> n).sinkTo(new CommittingSink());
    }

    @Test
    void aPipelineThatSharesNothingWithTheFailedOneRunsOn() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        shuffled(env, 1, new Probe("calm", 3));
        shuffled(env, 1_000_001, new Failing("failing", 3));

        run(env);

        assertThat(OPENED.toString()).isEqualTo("{calm0=1, calm1=1, failing0=4, failing1=4}");
        assertThat(committed()).isEqualTo(numbers(1, RECORDS, 1_000_001, 1_000_000 + RECORDS));
    }

    @Test
    void eachSubtaskOfAForwardOnlyJobRestartsAlone() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(3, directory);
        // enough that what channels hold is not all: a barrier comes behind that
        env.fromSequence(1, 9 * RECORDS)
                .map(new Failing("failing", 3))
                .disableChaining()
                .sinkTo(new CommittingSink());

        run(env);

        assertThat(opened("failing0")).isEqualTo(4);
        assertThat(opened("failing1")).isEqualTo(1);
        assertThat(opened("failing2")).isEqualTo(1);
        assertThat(committed()).isEqualTo(numbers(1, 9 * RECORDS));
    }

    @Test
    void everythingRestartsWhereTheStrategyIsFull() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        Configuration full = new Configuration();
        full.set(JobManagerOptions.EXECUTION_FAILOVER_STRATEGY, "full");
        env.configure(full);
        shuffled(env, 1, new Probe("calm", 2));
        shuffled(env, 1_000_001, new Failing("failing", 2));

        run(env);

        assertThat(opened("calm0")).isEqualTo(3);
        assertThat(opened("failing1")).isEqualTo(3);
        assertThat(committed()).isEqualTo(numbers(1, RECORDS, 1_000_001, 1_000_000 + RECORDS));
    }

    /** Its enumerator fails once, after a checkpoint. */
    private static final class FailingNumbers extends NumberSequenceSource {
        private static final long serialVersionUID = 1L;

        FailingNumbers() {
            super(1_000_001, 1_000_000 + RECORDS);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context) {
            return new FailingEnumerator(super.createEnumerator(context));
        }
    }

    private record FailingEnumerator(
            SplitEnumerator<
                            NumberSequenceSource.NumberSequenceSplit,
                            Collection<NumberSequenceSource.NumberSequenceSplit>>
                    inner)
            implements SplitEnumerator<
                    NumberSequenceSource.NumberSequenceSplit, Collection<NumberSequenceSource.NumberSequenceSplit>> {
        @Override
        public void start() {
            inner.start();
        }

        @Override
        public void handleSplitRequest(int subtask, String host) {
            inner.handleSplitRequest(subtask, host);
        }

        @Override
        public void addSplitsBack(List<NumberSequenceSource.NumberSequenceSplit> splits, int subtask) {
            inner.addSplitsBack(splits, subtask);
        }

        @Override
        public void addReader(int subtask) {
            inner.addReader(subtask);
        }

        @Override
        public Collection<NumberSequenceSource.NumberSequenceSplit> snapshotState(long checkpointId) throws Exception {
            return inner.snapshotState(checkpointId);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (FAILED.add("enumerator")) {
                throw new IllegalStateException("a failure of the enumerator");
            }
        }

        @Override
        public void close() throws IOException {
            inner.close();
        }
    }

    @Test
    void aFailureThatIsNoTasksRestartsEverything() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        shuffled(env, 1, new Probe("calm", 1));
        env.fromSource(new FailingNumbers(), WatermarkStrategy.noWatermarks(), "numbers")
                .map(new Probe("probe", 1))
                .sinkTo(new CommittingSink());

        WeirJob job = run(env);

        assertThat(job.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.subtask()).isNull();
            assertThat(failure.cause()).hasMessageContaining("Global failure triggered by OperatorCoordinator");
        });
        assertThat(opened("calm0")).isEqualTo(2);
        assertThat(opened("calm1")).isEqualTo(2);
        assertThat(opened("probe0")).isEqualTo(2);
        assertThat(committed()).isEqualTo(numbers(1, RECORDS, 1_000_001, 1_000_000 + RECORDS));
    }

    /** Deletes the latest checkpoint as it fails. */
    private static final class Destroying extends Failing {
        private final String directory;

        Destroying(Path directory) {
            super("failing", 1);
            this.directory = directory.toString();
        }

        @Override
        int due() {
            return 2;
        }

        @Override
        void onFailure() {
            try (Stream<Path> all = Files.walk(Path.of(directory))) {
                Path latest = all.filter(path -> path.getFileName().toString().startsWith("chk-"))
                        .filter(path -> Files.exists(path.resolve("_metadata")))
                        .max(Comparator.comparing(path ->
                                Integer.parseInt(path.getFileName().toString().substring(4))))
                        .orElseThrow();
                try (Stream<Path> files = Files.list(latest)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** What others have done since the older one would be lost, or done twice, if they stayed where they are. */
    @Test
    void everythingRestartsWhereTheLatestCheckpointIsGone() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        Configuration two = new Configuration();
        two.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
        two.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, org.apache.flink.configuration.MemorySize.ofMebiBytes(0));
        env.configure(two);
        shuffled(env, 1, new Probe("calm", 1));
        shuffled(env, 1_000_001, new Destroying(directory));

        run(env);

        assertThat(opened("calm0")).isEqualTo(2);
        assertThat(opened("failing0")).isEqualTo(2);
        assertThat(Set.copyOf(WeirSessionTest.OUTPUT)).containsAll(numbers(1, RECORDS, 1_000_001, 1_000_000 + RECORDS));
    }

    /** Fails once, when it has half of its input. */
    private static final class FailingHalfway extends Probe {
        private long seen;

        FailingHalfway(String name) {
            super(name, 0);
        }

        @Override
        public Long map(Long value) {
            seen++;
            if (seen == RECORDS / 4 && FAILED.add(name)) {
                throw new IllegalStateException("a failure of " + name);
            }
            return value;
        }
    }

    @Test
    void inBatchModeWhatConsumesOrMadeALostResultRestarts() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        DataStream<Long> failing = env.fromSequence(1, RECORDS)
                .map(new Probe("producer", 0))
                .keyBy(n -> n % 100)
                .map(new FailingHalfway("failing"))
                .setParallelism(1)
                .rebalance();
        failing.map(new Probe("consumer", 0)).setParallelism(2).sinkTo(new CommittingSink());
        shuffled(env, 1_000_001, new Probe("calm", 0));

        run(env);

        assertThat(opened("producer0")).isEqualTo(2);
        assertThat(opened("failing0")).isEqualTo(2);
        assertThat(opened("consumer0")).isBetween(1, 2);
        assertThat(opened("calm0")).isEqualTo(1);
        assertThat(opened("calm1")).isEqualTo(1);
        assertThat(committed()).isEqualTo(numbers(1, RECORDS, 1_000_001, 1_000_000 + RECORDS));
    }

    /** Fails at records of its own choice, each once. */
    private static final class FailingAt extends Probe {
        private final Set<Long> when;

        FailingAt(String name, Set<Long> when) {
            super(name, 0);
            this.when = when;
        }

        @Override
        public Long map(Long value) {
            if (value % 100 == 0) {
                LockSupport.parkNanos(500_000);
            }
            if (when.contains(value) && FAILED.add(name + value)) {
                throw new IllegalStateException("a failure of " + name + " at " + value);
            }
            return value;
        }
    }

    @Test
    void failuresAtAnyInstantAndInAnyRegionLoseAndRepeatNothing() throws Exception {
        for (int seed = 0; seed < 12; seed++) {
            clear();
            Random random = new Random(seed);
            StreamExecutionEnvironment env = RecoveryTest.environment(1 + random.nextInt(3), directory);
            env.enableCheckpointing(10 + random.nextInt(20));
            long[] expected = new long[6];
            for (int pipeline = 0; pipeline < 3; pipeline++) {
                long first = 1 + pipeline * 1_000_000L;
                Set<Long> when = Set.copyOf(random.longs(random.nextInt(4), first, first + RECORDS)
                        .boxed()
                        .toList());
                DataStream<Long> stream =
                        env.fromSequence(first, first + RECORDS - 1).map(new FailingAt("p" + pipeline, when));
                stream = random.nextBoolean() ? stream.keyBy(n -> n % 100).map(n -> n) : stream;
                stream = random.nextBoolean() ? stream.rebalance().map(n -> n) : stream;
                stream.sinkTo(new CommittingSink());
                expected[2 * pipeline] = first;
                expected[2 * pipeline + 1] = first + RECORDS - 1;
            }
            env.fromSequence(1, RECORDS).sinkTo(new DiscardingSink<>());

            run(env);

            assertThat(committed()).as("seed %d", seed).isEqualTo(numbers(expected));
        }
    }
}

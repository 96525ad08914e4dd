package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Half of what these jobs keep is keyed state and half operator state, and all of it is easily compressed. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class SnapshotCompressionTest {
    private static final long RECORDS = 1000;
    private static final Map<Long, String> KEYED = new ConcurrentHashMap<>();
    private static final Collection<String> OF_OPERATOR = new ConcurrentLinkedQueue<>();
    private static volatile CountDownLatch all = new CountDownLatch(0);

    @TempDir
    Path directory;

    private static String text(long number) {
        return number + " of " + "a".repeat(1000);
    }

    private static final class Hoard extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private transient ValueState<String> ofKey;
        private transient ListState<String> ofOperator;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            ofOperator = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("all", Types.STRING));
            for (String restored : ofOperator.get()) {
                OF_OPERATOR.add(restored);
            }
        }

        @Override
        public void open(OpenContext context) {
            ofKey = getRuntimeContext().getState(new ValueStateDescriptor<>("one", Types.STRING));
        }

        @Override
        public Long map(Long number) throws Exception {
            if (number > RECORDS) {
                LockSupport.parkNanos(1_000_000);
                return number;
            }
            String before = ofKey.value();
            if (before == null) {
                ofKey.update(text(number));
                ofOperator.add(text(number));
            } else {
                KEYED.put(number, before);
            }
            all.countDown();
            return number;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {}
    }

    private JobGraph job(String store, boolean compression, int parallelism, long records) {
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory);
        env.enableCheckpointing(Duration.ofDays(10).toMillis());
        env.configure(new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, store)
                .set(ExecutionOptions.SNAPSHOT_COMPRESSION, compression)
                .set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
        env.setMaxParallelism(16);
        env.fromSequence(1, records)
                .uid(records + " numbers")
                .keyBy(number -> number)
                .map(new Hoard())
                .uid("hoard")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    private static long bytes(String checkpoint) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(URI.create(checkpoint)))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("_metadata"))
                    .mapToLong(SnapshotCompressionTest::bytes)
                    .sum();
        }
    }

    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a job that has all its state writes: a full checkpoint, then a savepoint. */
    private List<String> written(String store, boolean compression) throws Exception {
        all = new CountDownLatch((int) RECORDS);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    job(store, compression, 2, 1_000_000), getClass().getClassLoader());
            all.await();
            Subtasks.awaitRunning(job);
            List<String> written = List.of(
                    job.checkpoint(true).get(50, TimeUnit.SECONDS),
                    job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
                            .get(50, TimeUnit.SECONDS));
            long plain = 2 * RECORDS * 1000;
            for (String each : written) {
                if (compression) {
                    assertThat(bytes(each)).as(each).isLessThan(plain / 4);
                } else {
                    assertThat(bytes(each)).as(each).isGreaterThan(plain);
                }
            }
            job.cancel().get(50, TimeUnit.SECONDS);
            return written;
        }
    }

    @ParameterizedTest
    @CsvSource({"hashmap, true", "hashmap, false", "rocksdb, true", "rocksdb, false"})
    void fullCheckpointsSavepointsAndOperatorStateAreCompressedAndOpenWhateverIsSetThen(
            String store, boolean compression) throws Exception {
        for (String from : written(store, compression)) {
            KEYED.clear();
            OF_OPERATOR.clear();
            JobGraph next = job(store, !compression, 3, RECORDS);
            next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(from, true));
            try (WeirSession session = new WeirSession(new Configuration())) {
                WeirJob.Result result = session.submit(next, getClass().getClassLoader())
                        .result()
                        .get(50, TimeUnit.SECONDS);

                assertThat(result.failure()).isNull();
            }
            assertThat(KEYED).hasSize((int) RECORDS).allSatisfy((number, kept) -> assertThat(kept)
                    .isEqualTo(text(number)));
            assertThat(OF_OPERATOR)
                    .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, RECORDS)
                            .mapToObj(SnapshotCompressionTest::text)
                            .toList());
        }
    }
}

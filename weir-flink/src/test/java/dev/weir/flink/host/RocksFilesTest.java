package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a job leaves of its databases, and with them of native memory: nothing. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class RocksFilesTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void databasesGoWithTheirJob(boolean asynchronous, boolean failing) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.type", "rocksdb");
        configuration.setString("state.backend.rocksdb.localdir", directory.toString());
        configuration.setString("restart-strategy.type", "none");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        KeyedStream<Long, Long> keyed = env.fromSequence(1, 100).keyBy(value -> value % 7);
        if (asynchronous) {
            keyed.enableAsyncState();
        }
        String where = directory.toString();
        keyed.reduce(Long::sum)
                .map(sum -> {
                    try (Stream<Path> databases = Files.list(Path.of(where))) {
                        assertThat(databases).isNotEmpty();
                    }
                    if (failing) {
                        throw new IllegalStateException("on purpose");
                    }
                    return sum;
                })
                .sinkTo(new DiscardingSink<>());
        JobStatus status;
        try (WeirSession session = new WeirSession(configuration)) {
            status = session.submit(env.getStreamGraph(), RocksFilesTest.class.getClassLoader())
                    .result()
                    .get()
                    .status();
        }
        assertThat(status).isEqualTo(failing ? JobStatus.FAILED : JobStatus.FINISHED);
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }
}

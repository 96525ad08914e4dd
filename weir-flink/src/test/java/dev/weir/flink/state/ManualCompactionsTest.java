package dev.weir.flink.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.rocksdb.DatabaseWatch;
import dev.weir.rocksdb.RocksStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.apache.flink.state.rocksdb.sstmerge.RocksDBManualCompactionConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableFileCreationInfo;
import org.rocksdb.TableFileCreationReason;

/** What becomes of many small files that lie side by side. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class ManualCompactionsTest {
    private static final String PREFIX = "state.backend.rocksdb.manual-compaction.";
    private static final int KEYS = 4_000;
    private static final long LARGEST = 40 << 10;

    @TempDir
    private Path directory;

    private Options options;
    private DBOptions databaseOptions;
    private RocksDB database;
    private int filesBefore;

    @BeforeEach
    void manySmallFiles() throws RocksDBException {
        RocksStore.loadLibrary();
        databaseOptions = new DBOptions();
        options = new Options()
                .setCreateIfMissing(true)
                .setDisableAutoCompactions(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTargetFileSizeBase(4 << 10);
        database = RocksDB.open(options, directory.resolve("small").toString());
        // two files that overlap: one alone would be moved as it is
        for (int file = 0; file < 2; file++) {
            for (int key = file; key < KEYS; key++) {
                database.put(key(key), new byte[100]);
            }
            try (FlushOptions flush = new FlushOptions()) {
                database.flush(flush);
            }
        }
        database.compactRange();
        filesBefore = files().size();
        assertThat(filesBefore).isGreaterThan(30);
        assertThat(files()).allMatch(file -> file.level() > 0 && file.size() < 16 << 10);
    }

    @AfterEach
    void close() {
        database.close();
        options.close();
        databaseOptions.close();
    }

    private static byte[] key(int number) {
        return String.format("%08d", number).getBytes(UTF_8);
    }

    private List<LiveFileMetaData> files() {
        return database.getLiveFilesMetaData();
    }

    private static RocksDBManualCompactionConfig limits(String... settings) {
        Configuration configuration = new Configuration();
        // no round but ours
        configuration.setString(PREFIX + "min-interval", "10 d");
        for (String setting : settings) {
            String[] pair = setting.split("=");
            configuration.setString(PREFIX + pair[0], pair[1]);
        }
        return RocksDBManualCompactionConfig.from(configuration);
    }

    /** One round within limits. */
    private void round(String... settings) throws RocksDBException {
        ManualCompactions compactions = new ManualCompactions(limits(settings), "test");
        compactions.opened(database, databaseOptions);
        compactions.column("default", database.getDefaultColumnFamily());
        compactions.round();
        // not the database itself, which has more to do here
        compactions.closing(database.getDefaultColumnFamily());
        compactions.closing();
        for (int key = 0; key < KEYS; key++) {
            assertThat(database.get(key(key))).hasSize(100);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "max-parallel-compactions=1, max-files-to-compact=6, 5",
        "max-parallel-compactions=1, max-files-to-compact=11, 10",
        "max-parallel-compactions=2, max-files-to-compact=6, 10",
        "max-parallel-compactions=0, max-files-to-compact=6, 0",
        "min-files-to-compact=1000, max-files-to-compact=2000, 0",
        "max-file-size-to-compact=1kb, min-files-to-compact=1, 0",
        "max-auto-compactions=0, min-files-to-compact=1, 0",
    })
    void filesAreMergedWithinLimits(String first, String second, int fewer) throws Exception {
        round(first, second);
        assertThat(files()).hasSize(filesBefore - fewer);
    }

    @ParameterizedTest
    @CsvSource({"40kb, true", "64mb, false"})
    void filesAreNotMergedIntoLargerOnes(String largest, boolean areSmall) throws Exception {
        round("max-output-file-size=" + largest, "min-files-to-compact=2");
        assertThat(files()).hasSizeLessThan(filesBefore);
        assertThat(files().stream().allMatch(file -> file.size() <= LARGEST)).isEqualTo(areSmall);
    }

    @Test
    void aColumnThatIsClosedAndADatabaseThatIsClosingAreLeftAlone() throws Exception {
        ManualCompactions compactions = new ManualCompactions(limits("min-files-to-compact=2"), "test");
        ColumnFamilyHandle column = database.getDefaultColumnFamily();
        compactions.opened(database, databaseOptions);
        compactions.column("default", column);
        compactions.closing(column);
        compactions.round();
        assertThat(files()).hasSize(filesBefore);
        compactions.closing();
        compactions.column("default", column);
        compactions.round();
        assertThat(files()).hasSize(filesBefore);
    }

    @Test
    void nothingIsMergedWithoutAnInterval() {
        assertThat(ManualCompactions.of(limits("min-interval=0"), "test")).isSameAs(DatabaseWatch.NONE);
    }

    /** Files are small, and RocksDB moves them to a lower level at once. */
    public static final class Small implements RocksDBOptionsFactory {
        private static final long serialVersionUID = 1L;
        private static final AtomicReference<CountDownLatch> MERGED = new AtomicReference<>(new CountDownLatch(1));

        @Override
        public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
            Listener listener = new Listener();
            toClose.add(listener);
            return current.setListeners(List.of(listener));
        }

        @Override
        public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
            return current.setWriteBufferSize(64 << 10)
                    .setLevel0FileNumCompactionTrigger(1)
                    .setTargetFileSizeBase(4 << 10);
        }
    }

    /** RocksDB does not tell of these compactions, but of what they write: files that it would not make so large. */
    private static final class Listener extends AbstractEventListener {
        Listener() {
            super(EnabledEventCallback.ON_TABLE_FILE_CREATED);
        }

        @Override
        public void onTableFileCreated(TableFileCreationInfo created) {
            if (created.getReason() == TableFileCreationReason.COMPACTION && created.getFileSize() > LARGEST) {
                Small.MERGED.get().countDown();
            }
        }
    }

    /** Goes on until files have been merged. */
    private static final class Remembering extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;
        private transient ValueState<Long> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("state", Types.LONG));
        }

        @Override
        public Long map(Long value) throws IOException, InterruptedException {
            state.update(value);
            if (value == LAST) {
                Small.MERGED.get().await();
            }
            return value;
        }
    }

    private static final long LAST = 40_000;

    @Test
    void aJobsFilesAreMergedEverySoOften() throws Exception {
        Small.MERGED.set(new CountDownLatch(1));
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.type",
                "rocksdb",
                "state.backend.rocksdb.options-factory",
                Small.class.getName(),
                "state.backend.rocksdb.localdir",
                directory.toString(),
                "weir.rocksdb.cache",
                "false",
                PREFIX + "min-interval",
                "1 ms"));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(1, LAST).keyBy(value -> value).map(new Remembering()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob.Result result = session.submit(
                            env.getStreamGraph(), getClass().getClassLoader())
                    .result()
                    .get();
            assertThat(result.status()).as("%s", result.failure()).isEqualTo(JobStatus.FINISHED);
        }
    }
}

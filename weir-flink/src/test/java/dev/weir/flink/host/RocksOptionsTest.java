package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.session.Subtasks;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.rocksdb.RocksStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.state.StateBackendFactory;
import org.apache.flink.state.rocksdb.ConfigurableRocksDBOptionsFactory;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.PredefinedOptions;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** Every way to set an option, by what RocksDB itself says its options are while a job has it open. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RocksOptionsTest {

    @TempDir
    private Path directory;

    /** Runs a job with keyed state whose database is in our directory, and tells what options that has. */
    private String optionsOf(Configuration configuration) throws Exception {
        configuration.setString("state.backend.rocksdb.localdir", directory.toString());
        return optionsOf(configuration, "rocksdb");
    }

    private String optionsOf(Configuration configuration, String backend) throws Exception {
        configuration.setString("state.backend.type", backend);
        WeirJob.Result result = run(configuration);
        assertThat(result.status()).as("%s", result.failure()).isEqualTo(JobStatus.FINISHED);
        try (Stream<Path> left = Files.list(directory)) {
            return left.filter(file -> file.getFileName().toString().equals(Reading.KEPT))
                    .map(Reading::read)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private WeirJob.Result run(Configuration configuration) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSequence(1, 10)
                .keyBy(value -> value % 3)
                .map(new Forgetful())
                .map(new Reading(directory.toString()))
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            return session.submit(env.getStreamGraph(), RocksOptionsTest.class.getClassLoader())
                    .result()
                    .get();
        }
    }

    /** Has state that expires. */
    private static final class Forgetful extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;
        private transient ValueState<Long> state;

        @Override
        public void open(OpenContext context) {
            ValueStateDescriptor<Long> descriptor = new ValueStateDescriptor<>("state", Types.LONG);
            descriptor.enableTimeToLive(
                    StateTtlConfig.newBuilder(Duration.ofDays(1)).build());
            state = getRuntimeContext().getState(descriptor);
        }

        @Override
        public Long map(Long value) throws IOException {
            state.update(value);
            return value;
        }
    }

    /** Keeps the newest file of options that an open database has written, and what its log says of its cache. */
    private static final class Reading implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;
        private static final String KEPT = "kept";

        private final String directory;

        Reading(String directory) {
            this.directory = directory;
        }

        @Override
        public Long map(Long value) throws IOException {
            List<Path> files = new ArrayList<>();
            try (Stream<Path> all = Files.walk(Path.of(directory))) {
                all.filter(file -> file.getFileName().toString().startsWith("OPTIONS-"))
                        .sorted()
                        .forEach(files::add);
            }
            Path newest = files.get(files.size() - 1);
            Path log = newest.resolveSibling("LOG");
            String cache = (Files.exists(log) ? read(log) : "")
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("capacity :") || line.startsWith("high_pri_pool_ratio:"))
                    .collect(Collectors.joining("\n"));
            Files.writeString(Path.of(directory, KEPT), newest + "\n" + read(newest) + cache);
            return value;
        }

        static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "thread.num, 3, max_background_jobs=3",
        "files.open, 77, max_open_files=77",
        "log.level, DEBUG_LEVEL, info_log_level=DEBUG_LEVEL",
        "log.max-file-size, 3mb, max_log_file_size=3145728",
        "log.file-num, 5, keep_log_file_num=5",
        "compaction.style, UNIVERSAL, compaction_style=kCompactionStyleUniversal",
        "compaction.level.use-dynamic-size, true, level_compaction_dynamic_level_bytes=true",
        "compaction.level.target-file-size-base, 3mb, target_file_size_base=3145728",
        "compaction.level.max-size-level-base, 5mb, max_bytes_for_level_base=5242880",
        "compression.per.level, NO_COMPRESSION;LZ4_COMPRESSION, compression_per_level=kNoCompression:kLZ4Compression",
        "writebuffer.size, 7mb, write_buffer_size=7340032",
        "writebuffer.count, 9, max_write_buffer_number=9",
        "block.blocksize, 16kb, block_size=16384",
        "block.metadata-blocksize, 8kb, metadata_block_size=8192",
        "use-bloom-filter, true, filter_policy=bloomfilter:10",
        "memory.fixed-per-slot, 16mb, capacity : 8388607",
        "memory.high-prio-pool-ratio, 0.2, high_pri_pool_ratio: 0.200",
        "compaction.filter.periodic-compaction-time, 5 d, periodic_compaction_seconds=432000",
        "predefined-options, FLASH_SSD_OPTIMIZED, max_open_files=-1",
        "predefined-options, SPINNING_DISK_OPTIMIZED, level_compaction_dynamic_level_bytes=true",
        "predefined-options, SPINNING_DISK_OPTIMIZED_HIGH_MEM, target_file_size_base=268435456"
    })
    void keyIsSeenInTheDatabase(String key, String value, String line) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.rocksdb." + key, value);
        assertThat(optionsOf(configuration)).contains(line);
    }

    @Test
    void keysOfFiltersAndLogsAreSeenInTheDatabase() throws Exception {
        Configuration filters = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.use-bloom-filter", "true",
                "state.backend.rocksdb.bloom-filter.bits-per-key", "7",
                "state.backend.rocksdb.log.dir", directory.resolve("logs").toString()));
        assertThat(optionsOf(filters))
                .contains("filter_policy=bloomfilter:7", "db_log_dir=" + directory.resolve("logs"));

        Configuration partitioned =
                Configuration.fromMap(Map.of("state.backend.rocksdb.memory.partitioned-index-filters", "true"));
        assertThat(optionsOf(partitioned)).contains("index_type=kTwoLevelIndexSearch", "partition_filters=true");
        Configuration whole =
                Configuration.fromMap(Map.of("state.backend.rocksdb.memory.partitioned-index-filters", "false"));
        assertThat(optionsOf(whole)).contains("index_type=kBinarySearch", "partition_filters=false");
    }

    @Test
    void allSlotsShareOneCacheAsConfigured() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.memory.managed", "false",
                "state.backend.rocksdb.memory.fixed-per-tm", "18mb"));
        assertThat(optionsOf(configuration)).contains("capacity : 15728640");
    }

    @Test
    void databasesHaveCachesAsLargeAsConfiguredWhereNothingIsShared() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.memory.managed", "false",
                "state.backend.rocksdb.block.cache-size", "24mb"));
        assertThat(optionsOf(configuration)).contains("capacity : " + (24 << 20));
    }

    /** Half of what is for write buffers is not in the cache, but for the rest of a whole number. */
    @Test
    void writeBuffersHaveThePartOfTheCacheThatIsConfigured() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.memory.managed", "false",
                "state.backend.rocksdb.memory.fixed-per-tm", "18mb",
                "state.backend.rocksdb.memory.write-buffer-ratio", "0.8"));
        assertThat(optionsOf(configuration)).contains("capacity : 13841203");
    }

    @ParameterizedTest
    @CsvSource({"weir.rocksdb.cache, false, 13981013", "weir.rocksdb.cache.memory-fraction, 0.25, 10485759"})
    void entriesInMemoryTakeOfTheCacheAsConfigured(String key, String value, long left) throws Exception {
        Configuration configuration =
                Configuration.fromMap(Map.of("state.backend.rocksdb.memory.fixed-per-slot", "16mb", key, value));
        assertThat(optionsOf(configuration)).contains("capacity : " + left);
    }

    @Test
    void asManyBuffersAreMergedAsThereMayBe() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.writebuffer.count", "4",
                "state.backend.rocksdb.writebuffer.number-to-merge", "3"));
        assertThat(optionsOf(configuration)).contains("min_write_buffer_number_to_merge=3");
    }

    @Test
    void withoutThemOptionsAreOurOwn() throws Exception {
        assertThat(optionsOf(new Configuration()))
                .contains("max_background_jobs=2", "max_open_files=-1", "write_buffer_size=67108864", "block_size=4096")
                .contains(
                        "filter_policy=bloomfilter:10",
                        "data_block_index_type=kDataBlockBinaryAndHash",
                        "index_type=kTwoLevelIndexSearch",
                        "partition_filters=true",
                        "metadata_block_size=4096",
                        "pin_top_level_index_and_filter=true",
                        "compression_per_level=kNoCompression:kNoCompression:kLZ4Compression:");
    }

    @ParameterizedTest
    @CsvSource({
        "files.open, -1",
        "predefined-options, DEFAULT",
        "options-factory, dev.weir.flink.host.RocksOptionsTest$Plain"
    })
    void withAnyOfThemAllAreFlinks(String key, String value) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.rocksdb." + key, value);
        assertThat(optionsOf(configuration))
                .contains("data_block_index_type=kDataBlockBinarySearch")
                .doesNotContain("bloomfilter", "kLZ4Compression");
    }

    @Test
    void whatIsNoneOfFilesLeavesOurOwn() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.timer-service.factory", "HEAP",
                "state.backend.rocksdb.memory.write-buffer-ratio", "0.4",
                "state.backend.rocksdb.log.level", "DEBUG_LEVEL"));
        assertThat(optionsOf(configuration)).contains("filter_policy=bloomfilter:10", "info_log_level=DEBUG_LEVEL");
    }

    /** Sets two options. */
    public static final class Plain implements RocksDBOptionsFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
            return current.setMaxOpenFiles(1234);
        }

        @Override
        public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
            return current.setWriteBufferSize(5 << 20);
        }
    }

    /** Sets what the configuration says. */
    public static final class Configured implements ConfigurableRocksDBOptionsFactory {
        private static final long serialVersionUID = 1L;
        private int files;

        @Override
        public RocksDBOptionsFactory configure(ReadableConfig configuration) {
            files = Integer.parseInt(((Configuration) configuration).toMap().getOrDefault("my.files", "0"));
            return this;
        }

        @Override
        public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
            return current.setMaxOpenFiles(files);
        }

        @Override
        public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
            return current;
        }
    }

    /** Fails. */
    public static final class Failing implements RocksDBOptionsFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
            throw new IllegalArgumentException("the tuning file is missing");
        }

        @Override
        public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
            return current;
        }
    }

    @Test
    void factoryWinsOverKeysAndKeysOverPredefinedOptions() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.rocksdb.options-factory", Plain.class.getName(),
                "state.backend.rocksdb.files.open", "77",
                "state.backend.rocksdb.thread.num", "3",
                "state.backend.rocksdb.predefined-options", "FLASH_SSD_OPTIMIZED"));
        assertThat(optionsOf(configuration))
                .contains("max_open_files=1234", "write_buffer_size=5242880", "max_background_jobs=3");
    }

    @Test
    void configurableFactoryIsHandedTheConfiguration() throws Exception {
        Configuration configuration = Configuration.fromMap(
                Map.of("state.backend.rocksdb.options-factory", Configured.class.getName(), "my.files", "4321"));
        assertThat(optionsOf(configuration)).contains("max_open_files=4321");
    }

    /** Options set in code. */
    public static final class InCode implements StateBackendFactory<EmbeddedRocksDBStateBackend> {
        @Override
        public EmbeddedRocksDBStateBackend createFromConfig(ReadableConfig config, ClassLoader loader) {
            EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend();
            backend.setPredefinedOptions(PredefinedOptions.SPINNING_DISK_OPTIMIZED_HIGH_MEM);
            backend.setRocksDBOptions(new Plain());
            backend.setDbStoragePath(((Configuration) config).toMap().getOrDefault("my.directory", ""));
            return backend.configure(config, loader);
        }
    }

    @Test
    void codeWinsOverTheConfiguration() throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "my.directory", directory.toString(),
                "state.backend.rocksdb.predefined-options", "DEFAULT",
                "state.backend.rocksdb.options-factory", Configured.class.getName()));
        assertThat(optionsOf(configuration, InCode.class.getName()))
                .contains("max_open_files=1234", "target_file_size_base=268435456");
    }

    @ParameterizedTest
    @CsvSource({
        "options-factory, dev.weir.flink.host.RocksOptionsTest$Failing, the tuning file is missing",
        "options-factory, com.example.NoSuchFactory, com.example.NoSuchFactory",
        "predefined-options, FASTEST, FASTEST",
        "localdir, /proc/none/such, /proc/none/such",
        "restore-overlap-fraction-threshold, 2, should be between 0 and 1",
        "write-batch-size, -1, write-batch-size"
    })
    void whatCannotBeUsedIsSaidBeforeTheJobStarts(String key, String value, String said) {
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.type", "rocksdb");
        configuration.setString("state.backend.rocksdb." + key, value);
        assertThatThrownBy(() -> run(configuration))
                .hasMessageContaining("RocksDB")
                .hasStackTraceContaining(said);
    }

    /** A job that begins fails of it. */
    @Test
    void noTimersInMemoryAreTooFew() throws Exception {
        Configuration none = Configuration.fromMap(Map.of(
                "state.backend.type", "rocksdb",
                "state.backend.rocksdb.timer-service.factory", "ROCKSDB",
                "state.backend.rocksdb.timer-service.cache-size", "0",
                "state.backend.rocksdb.localdir", directory.toString()));
        assertThat(run(none).failure()).hasStackTraceContaining("timer-service.cache-size=0 < 1");
    }

    /** Has RocksDB count. */
    public static final class Counting implements RocksDBOptionsFactory {
        private static final long serialVersionUID = 1L;
        private static final AtomicReference<Statistics> COUNTS = new AtomicReference<>();

        @Override
        public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
            return current.setStatistics(COUNTS.get());
        }

        @Override
        public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
            return current;
        }
    }

    /** Has a value and a timer of each key, and goes on slowly when all are there. */
    private static final class Remembering extends KeyedProcessFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;
        private static final long KEYS = 1_000;
        private static final AtomicReference<CountDownLatch> FULL = new AtomicReference<>(new CountDownLatch(1));
        private transient ValueState<Long> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("state", Types.LONG));
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) throws IOException {
            state.update(value);
            if (value <= KEYS) {
                context.timerService().registerEventTimeTimer(value);
            } else {
                FULL.get().countDown();
                LockSupport.parkNanos(1_000_000);
            }
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Long> out) {
            out.collect(time);
        }
    }

    /** How often RocksDB has done something in a job, until a checkpoint, or until the end where there is one. */
    private long counted(TickerType what, long records, String key, String value) throws Exception {
        Configuration configuration = Configuration.fromMap(Map.of(
                "state.backend.type",
                "rocksdb",
                "state.backend.rocksdb.options-factory",
                Counting.class.getName(),
                "execution.checkpointing.dir",
                directory.toUri().toString(),
                "execution.checkpointing.interval",
                "1 h",
                "pipeline.max-parallelism",
                "4",
                "state.backend.rocksdb." + key,
                value));
        Remembering.FULL.set(new CountDownLatch(1));
        RocksStore.loadLibrary();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(1, records)
                .keyBy(number -> number % Remembering.KEYS)
                .process(new Remembering())
                .sinkTo(new DiscardingSink<>());
        try (Statistics statistics = new Statistics();
                WeirSession session = new WeirSession(configuration)) {
            Counting.COUNTS.set(statistics);
            WeirJob job = session.submit(env.getStreamGraph(), RocksOptionsTest.class.getClassLoader());
            if (records > Remembering.KEYS) {
                Remembering.FULL.get().await();
                Subtasks.awaitRunning(job);
                job.checkpoint(true).get();
                job.cancel().get();
            }
            job.result().get();
            return statistics.getTickerCount(what);
        }
    }

    @Test
    void changesAreWrittenTogetherAsConfigured() throws Exception {
        long records = Long.MAX_VALUE / 2;
        assertThat(counted(TickerType.WRITE_DONE_BY_SELF, records, "write-batch-size", "1"))
                .isGreaterThanOrEqualTo(Remembering.KEYS);
        assertThat(counted(TickerType.WRITE_DONE_BY_SELF, records, "write-batch-size", "2mb"))
                .isLessThan(Remembering.KEYS / 2);
    }

    /** Others are looked for when it is their turn. */
    @Test
    void timersInMemoryAreAsManyAsConfigured() throws Exception {
        long few = counted(TickerType.NUMBER_DB_SEEK, Remembering.KEYS, "timer-service.cache-size", "1");
        long many = counted(TickerType.NUMBER_DB_SEEK, Remembering.KEYS, "timer-service.cache-size", "10000");
        assertThat(few).isGreaterThanOrEqualTo(Remembering.KEYS);
        assertThat(many).isLessThan(Remembering.KEYS / 10);
    }

    /** Sets a factory that fails. */
    public static final class FailingInCode implements StateBackendFactory<EmbeddedRocksDBStateBackend> {
        @Override
        public EmbeddedRocksDBStateBackend createFromConfig(ReadableConfig config, ClassLoader loader) {
            EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend();
            backend.setRocksDBOptions(new Failing());
            return backend.configure(config, loader);
        }
    }

    /** Fails itself. */
    public static final class Broken implements StateBackendFactory<EmbeddedRocksDBStateBackend> {
        @Override
        public EmbeddedRocksDBStateBackend createFromConfig(ReadableConfig config, ClassLoader loader) {
            throw new IllegalStateException("no database today");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "dev.weir.flink.host.RocksOptionsTest$FailingInCode, the tuning file is missing",
        "dev.weir.flink.host.RocksOptionsTest$Broken, no database today",
        "com.example.NoSuchBackendFactory, com.example.NoSuchBackendFactory"
    })
    void whatCodeCannotUseIsSaidBeforeTheJobStarts(String backend, String said) {
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.type", backend);
        assertThatThrownBy(() -> run(configuration))
                .isInstanceOf(JobSubmissionException.class)
                .hasMessageContaining(said);
    }
}

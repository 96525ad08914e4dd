package dev.weir.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.testing.wait.Waits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.SingletonResultIterator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys of sources that read on threads of their own, each changed and its effect seen in a job. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SourceReaderKeysTest {
    /** Static as formats and functions are serialized. */
    private static final AtomicInteger READ = new AtomicInteger();

    private static volatile CountDownLatch taken = new CountDownLatch(1);
    private static volatile CountDownLatch consumed = new CountDownLatch(1);
    private static volatile CountDownLatch released = new CountDownLatch(1);

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        READ.set(0);
        taken = new CountDownLatch(1);
        consumed = new CountDownLatch(1);
        released = new CountDownLatch(1);
    }

    /** Batches of one number without end, or of which the second does not come, whoever interrupts. */
    private record Batches(boolean stuck) implements BulkFormat<Long, FileSourceSplit> {
        @Override
        public Reader<Long> createReader(Configuration configuration, FileSourceSplit split) {
            return new Reader<>() {
                @Override
                public RecordIterator<Long> readBatch() {
                    long number = READ.incrementAndGet();
                    while (stuck && number > 1 && released.getCount() > 0) {
                        Thread.interrupted();
                        LockSupport.parkNanos(1_000_000);
                    }
                    SingletonResultIterator<Long> batch = new SingletonResultIterator<>();
                    batch.set(number, 0, number);
                    return batch;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public Reader<Long> restoreReader(Configuration configuration, FileSourceSplit split) {
            return createReader(configuration, split);
        }

        @Override
        public boolean isSplittable() {
            return false;
        }

        @Override
        public TypeInformation<Long> getProducedType() {
            return Types.LONG;
        }
    }

    private WeirJob job(WeirSession session, boolean stuck) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "numbers");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSource(
                        FileSource.forBulkFileFormat(
                                        new Batches(stuck), new org.apache.flink.core.fs.Path(file.toUri()))
                                .build(),
                        WatermarkStrategy.noWatermarks(),
                        "numbers")
                .map(number -> {
                    taken.countDown();
                    if (!stuck) {
                        consumed.await();
                    }
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        return session.submit(env.getStreamGraph(), SourceReaderKeysTest.class.getClassLoader());
    }

    /** By default two wait in the queue, and nothing more is read. */
    @Test
    void asMuchIsReadAheadAsConfigured() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("source.reader.element.queue.capacity", "20");
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob job = job(session, false);
            while (READ.get() < 20) {
                Waits.aMoment();
            }
            consumed.countDown();
            job.cancel().get();
        }
    }

    /** By default half a minute. */
    @Test
    void readersThatDoNotEndAreWaitedForAsLongAsConfigured() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("source.reader.close.timeout", "10");
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob job = job(session, true);
            taken.await();
            while (READ.get() < 2) {
                Waits.aMoment();
            }
            long start = System.nanoTime();
            job.cancel().get();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(29));
        } finally {
            released.countDown();
        }
    }
}

package dev.weir.engine.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The results of blocking exchanges: in memory up to a bound, then in a file. */
class SpillingTest {
    private static final int BATCH_BYTES = 2048;
    private static final int RECORD_BYTES = 100;

    @TempDir
    Path directory;

    private final List<InputGate> gates = new ArrayList<>();
    private final AtomicInteger batchesWritten = new AtomicInteger();
    private final AtomicInteger batchesRead = new AtomicInteger();
    private final AtomicInteger recordsWritten = new AtomicInteger();

    /** Numbers, of which the file has the digits. */
    private final class Numbers implements RecordCodec {
        @Override
        public byte[] write(RecordBatch batch, int count) throws IOException {
            batchesWritten.incrementAndGet();
            recordsWritten.addAndGet(count);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            for (int slot = 0; slot < count; slot++) {
                RowFormat format = batch.format();
                Object value =
                        format == null ? batch.values()[slot] : format.read(batch.words(), slot * format.words(), null);
                out.writeUTF(value.toString());
            }
            return bytes.toByteArray();
        }

        @Override
        public void read(byte[] bytes, Object[] records, int count) throws IOException {
            batchesRead.incrementAndGet();
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            for (int slot = 0; slot < count; slot++) {
                records[slot] = Long.valueOf(in.readUTF());
            }
        }
    }

    private static final RowFormat ROWS = new RowFormat() {
        @Override
        public int words() {
            return 1;
        }

        @Override
        public Object read(long[] words, int at, Object part) {
            return words[at];
        }
    };

    private ChannelWriter connect(int channels, Path place, long memoryMax) {
        Exchange exchange = new Exchange(ChannelLimits.DEFAULT);
        Exchange.Producer end = exchange.blockingProducer(channels, -1, TaskSignal.overflowing(), place, memoryMax);
        for (int channel = 0; channel < channels; channel++) {
            Exchange.Consumer consumer = exchange.consumer(new int[] {1}, TaskSignal.blocking());
            consumer.connect(0, end, channel, BATCH_BYTES);
            gates.add(consumer.gate());
        }
        ChannelWriter writer = end.writer();
        writer.charge(value -> RECORD_BYTES - 16);
        writer.store(Numbers::new);
        return writer;
    }

    /** What a consumer gets until it is told that nothing follows. */
    private static List<Object> readAll(InputGate gate) {
        List<Object> got = new ArrayList<>();
        while (got.isEmpty() || got.get(got.size() - 1) != EndOfChannel.INSTANCE) {
            gate.collect();
            if (!gate.advance(0)) {
                assertThat(Thread.interrupted()).as("out of time").isFalse();
                LockSupport.parkNanos(10_000);
                continue;
            }
            for (int i = gate.from(); i < gate.to(); i++) {
                RowFormat format = gate.batch().format();
                Object value = gate.control() != null || format == null
                        ? gate.batch().values()[i]
                        : format.read(gate.batch().words(), i, null);
                got.add(value);
                if (gate.control() == null) {
                    assertThat(gate.batch().timestamps()[i]).isEqualTo(-(Long) value);
                }
            }
            gate.take(gate.to());
        }
        return got;
    }

    /** Numbers in random channels, of which some are rows, and control elements in between. */
    private static List<List<Object>> write(ChannelWriter writer, long records, boolean rows, Random random) {
        List<List<Object>> sent = new ArrayList<>();
        for (int channel = 0; channel < writer.channels(); channel++) {
            sent.add(new ArrayList<>());
        }
        for (long number = 0; number < records; number++) {
            int channel = random.nextInt(writer.channels());
            if (rows) {
                writer.emit(channel, ROWS, new long[] {number}, null, -number, 0);
            } else {
                writer.emit(channel, (Object) number, -number);
            }
            sent.get(channel).add(number);
            if (random.nextInt(500) == 0) {
                Control control = new Control() {};
                writer.emit(channel, control);
                sent.get(channel).add(control);
            }
            if (random.nextInt(100) == 0) {
                writer.flush();
            }
        }
        writer.broadcast(EndOfData.DRAIN);
        writer.broadcast(EndOfChannel.INSTANCE);
        writer.flush();
        sent.forEach(channel -> channel.addAll(List.of(EndOfData.DRAIN, EndOfChannel.INSTANCE)));
        return sent;
    }

    @Test
    void whatConsumersReadLaterIsWhatWasWritten() {
        for (int seed = 0; seed < 20; seed++) {
            gates.clear();
            Random random = new Random(seed);
            ChannelWriter writer = connect(1 + seed % 4, directory, random.nextInt(200_000));

            List<List<Object>> sent = write(writer, 20_000, seed % 2 == 0, random);

            assertThat(batchesWritten).as("batches in the file").hasPositiveValue();
            for (int channel = 0; channel < sent.size(); channel++) {
                assertThat(readAll(gates.get(channel))).as("seed " + seed).isEqualTo(sent.get(channel));
                gates.get(channel).release();
            }
            assertThat(batchesRead.getAndSet(0)).isEqualTo(batchesWritten.getAndSet(0));
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void whatConsumersReadMeanwhileIsWhatWasWritten() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            gates.clear();
            ChannelWriter writer = connect(2, directory, 10 * BATCH_BYTES);
            List<CompletableFuture<List<Object>>> got = gates.stream()
                    .map(gate -> CompletableFuture.supplyAsync(() -> readAll(gate)))
                    .toList();

            List<List<Object>> sent = write(writer, 50_000, seed % 2 == 0, new Random(seed));

            for (int channel = 0; channel < 2; channel++) {
                assertThat(got.get(channel).get()).as("seed " + seed).isEqualTo(sent.get(channel));
            }
        }
    }

    @Test
    void whatHasRoomInMemoryIsNotWrittenAndNeitherIsWhatWasReadInTime() {
        ChannelWriter writer = connect(1, directory, 100 * BATCH_BYTES);
        List<Object> got = new ArrayList<>();
        for (long round = 0; round < 100; round++) {
            for (long number = 0; number < 500; number++) {
                writer.emit(0, (Object) number, -number);
            }
            writer.flush();
            InputGate gate = gates.get(0);
            gate.collect();
            while (gate.advance(0)) {
                got.add(gate.to() - gate.from());
                gate.take(gate.to());
            }
        }
        assertThat(got.stream().mapToInt(count -> (Integer) count).sum()).isEqualTo(50_000);
        assertThat(batchesWritten).hasValue(0);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void inMemoryIsNoMoreThanTheBound() {
        long memoryMax = 50_000;
        ChannelWriter writer = connect(4, directory, memoryMax);

        write(writer, 40_000, false, new Random(1));

        long kept = (40_000L - recordsWritten.get()) * RECORD_BYTES;
        assertThat(kept).isBetween(memoryMax / 2, memoryMax + 4 * 2 * BATCH_BYTES);
    }

    @Test
    void theFileHasNoNameAndItsRoomIsGivenBackWithTheLastConsumer() throws IOException {
        ChannelWriter writer = connect(2, directory, 0);
        write(writer, 10_000, false, new Random(1));

        assertThat(batchesWritten).hasPositiveValue();
        assertThat(directory).isEmptyDirectory();
        assertThat(openFiles()).isEqualTo(1);
        readAll(gates.get(0));
        gates.get(0).release();
        gates.get(0).release();
        assertThat(openFiles()).isEqualTo(1);
        assertThat(readAll(gates.get(1))).hasSizeGreaterThan(4000);
        gates.get(1).release();
        assertThat(openFiles()).isEqualTo(0);

        write(writer, 10_000, false, new Random(1));
        assertThat(openFiles()).as("what nobody will read").isEqualTo(0);
    }

    private long openFiles() throws IOException {
        long count = 0;
        try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : files) {
                if (Files.isSymbolicLink(each)
                        && Files.readSymbolicLink(each).toString().startsWith(directory.toString())) {
                    count++;
                }
            }
        }
        return count;
    }

    @Test
    void aDirectoryThatCannotBeWrittenToIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        ChannelWriter writer = connect(1, file, 0);

        assertThatThrownBy(() -> write(writer, 10_000, false, new Random(1)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("set io.tmp.dirs");
    }
}

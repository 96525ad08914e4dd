package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.legacy.RichParallelSourceFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.NumberSequenceIterator;
import org.apache.flink.util.SplittableIterator;

/** Where records come from. */
final class Sources {
    private Sources() {}

    static List<Program> programs() {
        return List.of(
                program("source-number-sequence", Sources::numberSequence),
                program("source-two-sequences-chained-apart", Sources::twoSequences),
                program("source-data-generator", Sources::dataGenerator),
                program("source-data-generator-rate-limited", Sources::rateLimited),
                program("source-files", Sources::files),
                program("source-files-of-lines-split", Sources::largeFile),
                program("source-read-text-format-with-windows-line-ends", Sources::oddLines),
                program("source-custom-splits", Sources::customSplits, Trait.BY_PARALLELISM),
                program("source-custom-with-watermarks-per-split", Sources::splitWatermarks, Trait.BY_PARALLELISM),
                program("source-from-data-keeps-order", Sources::fromData, Trait.ORDERED),
                program("source-from-parallel-collection", Sources::parallelCollection),
                program("source-legacy-function", Sources::legacy),
                program("source-legacy-parallel", Sources::legacyParallel, Trait.BY_PARALLELISM),
                program("source-legacy-emits-watermarks", Sources::legacyWatermarks),
                program("source-legacy-empty", Sources::legacyEmpty),
                program("source-socket", Sources::socket),
                program("source-parallelism-above-splits", Sources::moreSubtasksThanSplits));
    }

    private static void numberSequence(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSource(new NumberSequenceSource(-5, 40), WatermarkStrategy.noWatermarks(), "numbers"));
        env.execute();
    }

    private static void twoSequences(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect("a ", env.fromSequence(1, 3).setParallelism(1));
        run.collect("b ", env.fromSequence(1, 300).disableChaining());
        env.execute();
    }

    private static void dataGenerator(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSource(
                new DataGeneratorSource<>(n -> "generated " + n, 70, Types.STRING),
                WatermarkStrategy.noWatermarks(),
                "generator"));
        env.execute();
    }

    private static void rateLimited(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSource(
                new DataGeneratorSource<>(n -> n * n, 40, RateLimiterStrategy.perSecond(400), Types.LONG),
                WatermarkStrategy.noWatermarks(),
                "limited"));
        env.execute();
    }

    private static void files(Run run) throws Exception {
        Path directory = run.directory();
        Files.createDirectories(directory.resolve("deep/er"));
        Files.writeString(directory.resolve("a.txt"), "one\ntwo\nthree\n");
        Files.writeString(directory.resolve("b.txt"), "four\nfive");
        Files.writeString(directory.resolve("deep/er/c.txt"), "six\n\nseven\n");
        Files.writeString(directory.resolve("empty.txt"), "");
        Files.writeString(directory.resolve(".hidden"), "not read\n");
        collectLines(run, directory);
    }

    private static void largeFile(Run run) throws Exception {
        Path file = run.directory().resolve("large.txt");
        Files.write(file, IntStream.range(0, 20_000).mapToObj(i -> "line " + i).toList());
        collectLines(run, file);
    }

    private static void oddLines(Run run) throws Exception {
        Path file = run.directory().resolve("odd.txt");
        Files.writeString(file, "first\r\nsecond\nthird with \u00fcmlaut\r\n\u65e5\u672c\n");
        collectLines(run, file);
    }

    private static void collectLines(Run run, Path path) throws Exception {
        StreamExecutionEnvironment env = run.env();
        FileSource<String> source = FileSource.forRecordStreamFormat(
                        new TextLineInputFormat(), new org.apache.flink.core.fs.Path(path.toUri()))
                .build();
        run.collect(env.fromSource(source, WatermarkStrategy.noWatermarks(), "files"));
        env.execute();
    }

    private static List<List<Reading>> splits(int n) {
        List<List<Reading>> splits = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            List<Reading> split = Reading.list(12, 3);
            int number = i;
            split.forEach(reading -> reading.value += number * 100);
            splits.add(split);
        }
        return splits;
    }

    private static void customSplits(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSource(new SplitSource(run.id(), splits(5)), WatermarkStrategy.noWatermarks(), "splits"));
        env.execute();
    }

    /** The window cannot fire before the end, since the watermark is that of the slowest split and lags far behind. */
    private static void splitWatermarks(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSource(new SplitSource(run.id(), splits(4)), Reading.punctuated(100_000), "splits")
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(60)))
                .sum("value")
                .map(reading -> reading.key + " " + reading.value));
        env.execute();
    }

    private static void fromData(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(env.fromData(IntStream.range(0, 300).boxed().toList()));
        env.execute();
    }

    @SuppressWarnings("deprecation")
    private static void parallelCollection(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect("numbers ", env.fromParallelCollection(new NumberSequenceIterator(1, 50), Long.class));
        run.collect("words ", env.fromParallelCollection(new Words(0, 20), String.class));
        env.execute();
    }

    private static void legacy(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        Board.of(run.id()).open("at once");
        run.collect(add(env, new HeldSource(run.id(), Reading.list(30, 3), "at once")));
        env.execute();
    }

    @SuppressWarnings("deprecation")
    private static <T> DataStreamSource<T> add(StreamExecutionEnvironment env, SourceFunction<T> source) {
        return env.addSource(source);
    }

    private static void legacyParallel(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(add(env, new OfEachSubtask()).returns(Types.STRING));
        env.execute();
    }

    private static void legacyWatermarks(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(add(env, new WithWatermarks())
                .returns(Reading.class)
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(50)))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void legacyEmpty(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        Board.of(run.id()).open("at once");
        run.collect(add(env, new HeldSource(run.id(), List.of(), "at once"))
                .keyBy(Reading::getKey)
                .sum("value"));
        env.execute();
    }

    @SuppressWarnings("AddressSelection")
    private static void socket(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread writer = new Thread(() -> write(server), "socket-writer");
            writer.start();
            run.collect(env.socketTextStream(server.getInetAddress().getHostAddress(), server.getLocalPort())
                    .map(String::toUpperCase));
            env.execute();
            writer.join();
        }
    }

    private static void write(ServerSocket server) {
        try (Socket socket = server.accept();
                Writer out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8)) {
            for (int i = 0; i < 50; i++) {
                out.write("line " + i + "\n");
            }
            out.write("unterminated");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void moreSubtasksThanSplits(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 2)
                .setParallelism(4)
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Long>forMonotonousTimestamps().withTimestampAssigner((n, previous) -> n))
                .keyBy(n -> n)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(10)))
                .reduce(Long::sum));
        env.execute();
    }

    private static final class OfEachSubtask extends RichParallelSourceFunction<String> {
        private transient int subtask;

        @Override
        public void open(OpenContext context) {
            subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        }

        @Override
        public void run(SourceContext<String> context) {
            for (int i = 0; i < 5; i++) {
                synchronized (context.getCheckpointLock()) {
                    context.collect(subtask + "/" + i);
                }
            }
        }

        @Override
        public void cancel() {}
    }

    private static final class WithWatermarks implements SourceFunction<Reading> {
        @Override
        public void run(SourceContext<Reading> context) {
            for (Reading reading : Reading.list(20, 2)) {
                context.collectWithTimestamp(reading, reading.time);
                if (reading.time % 30 == 0) {
                    context.emitWatermark(new Watermark(reading.time));
                    context.collectWithTimestamp(new Reading(reading.key, reading.time - 55, 1000), reading.time - 55);
                }
            }
        }

        @Override
        public void cancel() {}
    }

    /** The words numbered from one bound to the other. */
    private static final class Words extends SplittableIterator<String> {
        private int next;
        private final int end;

        private Words(int start, int end) {
            this.next = start;
            this.end = end;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Iterator<String>[] split(int partitions) {
            Iterator[] parts = new Iterator[partitions];
            int n = end - next;
            for (int i = 0; i < partitions; i++) {
                parts[i] = new Words(next + n * i / partitions, next + n * (i + 1) / partitions);
            }
            return parts;
        }

        @Override
        public int getMaximumNumberOfSplits() {
            return end - next;
        }

        @Override
        public boolean hasNext() {
            return next < end;
        }

        @Override
        public String next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return "word" + next++;
        }
    }
}

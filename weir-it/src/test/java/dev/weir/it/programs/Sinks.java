package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.connector.sink2.StandardSinkTopologies;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Where records go. */
final class Sinks {
    private Sinks() {}

    static List<Program> programs() {
        return List.of(
                program("sink-writer-life-cycle", Sinks::writerLifeCycle),
                program("sink-with-committer", Sinks::committer),
                program("sink-committer-retries", Sinks::committerRetries),
                program("sink-with-pre-write-pre-commit-post-commit", Sinks::topologies),
                program("sink-with-global-committer", Sinks::globalCommitter),
                program("sink-files-row-format", Sinks::fileSink),
                program("sink-files-in-buckets", Sinks::fileSinkBuckets),
                program("sink-legacy-function", Sinks::legacy),
                program("sink-discarding", Sinks::discarding),
                program("sink-several-on-one-stream", Sinks::several));
    }

    private static void writerLifeCycle(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        Reading.stream(env, Reading.list(6, 2))
                .sinkTo((Sink<Reading>) context -> new Narrator(id))
                .setParallelism(1);
        env.execute();
    }

    private record Narrator(String runId) implements SinkWriter<Reading> {
        @Override
        public void write(Reading reading, Context context) {
            Board.of(runId)
                    .line("write " + reading + " stamped " + context.timestamp() + " before "
                            + context.currentWatermark());
        }

        @Override
        public void writeWatermark(Watermark watermark) {
            Board.of(runId).line("watermark " + watermark.getTimestamp());
        }

        @Override
        public void flush(boolean endOfInput) {
            Board.of(runId).line("flush " + endOfInput);
        }

        @Override
        public void close() {
            Board.of(runId).line("close");
        }
    }

    private static void committer(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.fromSequence(1, 40).map(n -> "c" + n).sinkTo(new Committing(run.id(), false));
        env.execute();
    }

    private static void committerRetries(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.fromSequence(1, 10).map(n -> "c" + n).sinkTo(new Committing(run.id(), true));
        env.execute();
    }

    private static void topologies(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.fromSequence(1, 20).map(n -> "t" + n).sinkTo(new Staged(run.id()));
        env.execute();
    }

    private static void globalCommitter(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.fromSequence(1, 20).map(n -> "g" + n).sinkTo(new Global(run.id()));
        env.execute();
    }

    private static class Committing implements Sink<String>, SupportsCommitter<String> {
        final String runId;
        private final boolean retry;

        private Committing(String runId, boolean retry) {
            this.runId = runId;
            this.retry = retry;
        }

        @Override
        public CommittingSinkWriter<String, String> createWriter(WriterInitContext context) {
            return new Batch();
        }

        @Override
        public Committer<String> createCommitter(CommitterInitContext context) {
            return new OneByOne(runId, "committed ", retry);
        }

        @Override
        public SimpleVersionedSerializer<String> getCommittableSerializer() {
            return new Utf8();
        }
    }

    /** Prepares every element as a committable of its own. */
    private static final class Batch implements CommittingSinkWriter<String, String> {
        private final List<String> written = new ArrayList<>();

        @Override
        public void write(String element, Context context) {
            written.add(element);
        }

        @Override
        public Collection<String> prepareCommit() {
            List<String> prepared = List.copyOf(written);
            written.clear();
            return prepared;
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
    }

    private record OneByOne(String runId, String verb, boolean retry) implements Committer<String> {
        @Override
        public void commit(Collection<CommitRequest<String>> requests) {
            for (CommitRequest<String> request : requests) {
                if (retry && request.getNumberOfRetries() < 2) {
                    request.updateAndRetryLater(request.getCommittable() + "+");
                } else if (request.getCommittable().endsWith("7")) {
                    request.signalAlreadyCommitted();
                } else {
                    Board.of(runId).line(verb + request.getCommittable());
                }
            }
        }

        @Override
        public void close() {}
    }

    private static final class Staged extends Committing
            implements SupportsPreWriteTopology<String>,
                    SupportsPreCommitTopology<String, String>,
                    SupportsPostCommitTopology<String> {
        private Staged(String runId) {
            super(runId, false);
        }

        @Override
        public DataStream<String> addPreWriteTopology(DataStream<String> input) {
            return input.map(text -> text + " pre-write");
        }

        @Override
        public SimpleVersionedSerializer<String> getWriteResultSerializer() {
            return new Utf8();
        }

        @Override
        public DataStream<CommittableMessage<String>> addPreCommitTopology(
                DataStream<CommittableMessage<String>> committables) {
            return committables
                    .map(message -> message instanceof CommittableWithLineage<String> one
                            ? one.<String>map(text -> text + " pre-commit")
                            : message)
                    .returns(CommittableMessageTypeInfo.of(Utf8::new));
        }

        @Override
        public void addPostCommitTopology(DataStream<CommittableMessage<String>> committables) {
            String id = runId;
            committables
                    .filter(message -> !(message instanceof CommittableSummary))
                    .map(message -> ((CommittableWithLineage<String>) message).getCommittable())
                    .sinkTo((Sink<String>) context -> new Told(id, "post-commit of "));
        }
    }

    private record Told(String runId, String prefix) implements SinkWriter<String> {
        @Override
        public void write(String element, Context context) {
            Board.of(runId).line(prefix + element);
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
    }

    private static final class Global extends Committing implements SupportsPostCommitTopology<String> {
        private Global(String runId) {
            super(runId, false);
        }

        @Override
        public void addPostCommitTopology(DataStream<CommittableMessage<String>> committables) {
            String id = runId;
            StandardSinkTopologies.addGlobalCommitter(
                    committables, () -> new OneByOne(id, "globally committed ", false), Utf8::new);
        }
    }

    private static final class Utf8 implements SimpleVersionedSerializer<String> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(int version, byte[] serialized) {
            return new String(serialized, StandardCharsets.UTF_8);
        }
    }

    private static void fileSink(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        Path directory = run.directory();
        env.fromSequence(1, 100)
                .map(n -> "row " + n)
                .sinkTo(FileSink.forRowFormat(
                                new org.apache.flink.core.fs.Path(directory.toUri()), new SimpleStringEncoder<String>())
                        .build());
        env.execute();
        files(run, directory);
    }

    private static void fileSinkBuckets(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        Path directory = run.directory();
        env.fromSequence(1, 100)
                .map(n -> "row " + n)
                .sinkTo(FileSink.forRowFormat(
                                new org.apache.flink.core.fs.Path(directory.toUri()), new SimpleStringEncoder<String>())
                        .withBucketAssigner(new ByLastDigit())
                        .build());
        env.execute();
        files(run, directory);
    }

    /** Each line of each finished file, after the name of its directory; a file in progress would be a line too. */
    private static void files(Run run, Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bucket = String.valueOf(directory.relativize(file).getParent());
                if (file.getFileName().toString().contains("inprogress")) {
                    run.line("unfinished file in " + bucket);
                }
                if (bucket.matches("\\d{4}-.*")) {
                    bucket = "by time";
                }
                for (String line : Files.readAllLines(file)) {
                    run.line(bucket + ": " + line);
                }
            }
        }
    }

    private static final class ByLastDigit implements BucketAssigner<String, String> {
        @Override
        public String getBucketId(String element, Context context) {
            return "digit-" + element.charAt(element.length() - 1);
        }

        @Override
        public SimpleVersionedSerializer<String> getSerializer() {
            return new Utf8();
        }
    }

    @SuppressWarnings("deprecation")
    private static void legacy(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        env.fromSequence(1, 30).addSink(new RichSinkFunction<Long>() {
            @Override
            public void invoke(Long value, Context context) {
                Board.of(id).line("legacy " + value + " stamped " + context.timestamp());
            }

            @Override
            public void finish() {
                Board.of(id).count("finished");
            }
        });
        env.execute();
        run.line("all finished: " + (run.board().counted("finished") == run.parallelism()));
    }

    private static void discarding(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.fromSequence(1, 1000).sinkTo(new DiscardingSink<>());
        run.line("net runtime known: " + (env.execute().getNetRuntime() >= 0));
    }

    private static void several(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 20);
        run.collect("a ", numbers);
        run.collect("b ", numbers);
        numbers.map(n -> "c" + n).sinkTo(new Committing(run.id(), false));
        env.execute();
    }
}

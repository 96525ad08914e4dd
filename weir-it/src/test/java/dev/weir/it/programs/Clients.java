package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.accumulators.AverageAccumulator;
import org.apache.flink.api.common.accumulators.DoubleCounter;
import org.apache.flink.api.common.accumulators.Histogram;
import org.apache.flink.api.common.accumulators.IntCounter;
import org.apache.flink.api.common.accumulators.IntMaximum;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.ParameterTool;
import org.jspecify.annotations.Nullable;

/** What the client side of a program can do: results, accumulators, job clients, several jobs. */
final class Clients {
    private Clients() {}

    static List<Program> programs() {
        return List.of(
                program("execute-and-collect", Clients::executeAndCollect),
                program("execute-and-collect-with-limit", Clients::executeAndCollectLimited),
                program("execute-and-collect-of-an-unbounded-stream", Clients::collectUnbounded, Trait.ORDERED),
                program("execute-and-collect-nothing", Clients::collectNothing),
                program("execute-and-collect-a-failure", Clients::collectFailure),
                program("collect-async-two-streams", Clients::collectAsync),
                program("accumulators", Clients::accumulators),
                program("accumulators-while-running", Clients::accumulatorsWhileRunning),
                program("job-client-status", Clients::jobClientStatus, Trait.ORDERED),
                program("job-listener", Clients::jobListener, Trait.ORDERED),
                program("several-jobs-in-a-main", Clients::severalJobs, Trait.ORDERED),
                program("several-jobs-at-once", Clients::jobsAtOnce),
                program("an-environment-used-again", Clients::environmentAgain, Trait.ORDERED),
                program("cached-file", Clients::cachedFile),
                program("global-job-parameters", Clients::globalParameters));
    }

    private static void executeAndCollect(Run run) throws Exception {
        try (CloseableIterator<Long> results =
                run.env().fromSequence(1, 500).map(n -> n * 3).executeAndCollect()) {
            results.forEachRemaining(run::line);
        }
    }

    private static void executeAndCollectLimited(Run run) throws Exception {
        List<Long> some = run.env().fromSequence(1, 100_000).map(n -> 1L).executeAndCollect("limited", 7);
        run.line(some);
    }

    private static void collectUnbounded(Run run) throws Exception {
        DataStream<Long> naturals = run.env().fromSequence(0, Long.MAX_VALUE).setParallelism(1);
        try (CloseableIterator<Long> results =
                naturals.map(n -> n).setParallelism(1).executeAndCollect()) {
            for (int i = 0; i < 20; i++) {
                run.line(results.next());
            }
        }
        run.line("closed");
    }

    private static void collectNothing(Run run) throws Exception {
        try (CloseableIterator<Long> results =
                run.env().fromSequence(1, 100).filter(n -> n < 0).executeAndCollect()) {
            run.line("has next " + results.hasNext());
        }
    }

    private static void collectFailure(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            DataStream<Reading> readings = HeldSource.of(run, env, 3, "never").map(reading -> {
                throw new IllegalStateException("nothing to collect");
            });
            try (CloseableIterator<Reading> results = readings.executeAndCollect()) {
                results.forEachRemaining(run::line);
            }
        });
    }

    private static void collectAsync(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 100);
        CloseableIterator<Long> even = numbers.filter(n -> n % 2 == 0).collectAsync();
        CloseableIterator<String> odd =
                numbers.filter(n -> n % 2 == 1).map(n -> "odd " + n).collectAsync();
        env.execute();
        try (even;
                odd) {
            even.forEachRemaining(run::line);
            odd.forEachRemaining(run::line);
        }
    }

    private static final class Accumulating extends RichMapFunction<Long, Long> {
        private final IntCounter ints = new IntCounter();
        private final LongCounter longs = new LongCounter();
        private final DoubleCounter doubles = new DoubleCounter();
        private final AverageAccumulator average = new AverageAccumulator();
        private final IntMaximum largest = new IntMaximum();
        private final Histogram histogram = new Histogram();
        private final ListAccumulator<String> list = new ListAccumulator<>();

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator("ints", ints);
            getRuntimeContext().addAccumulator("longs", longs);
            getRuntimeContext().addAccumulator("doubles", doubles);
            getRuntimeContext().addAccumulator("average", average);
            getRuntimeContext().addAccumulator("largest", largest);
            getRuntimeContext().addAccumulator("histogram", histogram);
            getRuntimeContext().addAccumulator("list", list);
        }

        @Override
        public Long map(Long n) {
            ints.add(1);
            longs.add(n);
            doubles.add(0.5);
            average.add(n);
            largest.add((int) (long) n);
            histogram.add((int) (n % 4));
            if (n % 25 == 0) {
                list.add("n" + n);
            }
            getRuntimeContext().getLongCounter("lazily made").add(2);
            return n;
        }
    }

    private static void accumulators(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 100).map(new Accumulating()).filter(n -> false));
        JobExecutionResult result = env.execute("accumulating");
        for (String name : List.of("ints", "longs", "doubles", "average", "largest", "histogram", "lazily made")) {
            Object value = result.getAccumulatorResult(name);
            run.line(name + " " + value);
        }
        List<String> all = new ArrayList<>(result.<ArrayList<String>>getAccumulatorResult("list"));
        all.sort(null);
        run.line("list " + all);
        run.line("all "
                + result.getAllAccumulatorResults().keySet().stream().sorted().toList());
    }

    private static void accumulatorsWhileRunning(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(HeldSource.of(run, env, 10, "read enough").map(new RichMapFunction<Reading, Reading>() {
            @Override
            public Reading map(Reading reading) {
                getRuntimeContext().getIntCounter("seen").add(1);
                if (Board.of(id).count("seen") == 10) {
                    Board.of(id).open("all seen");
                }
                return reading;
            }
        }));
        JobClient client = env.executeAsync();
        run.board().await("all seen");
        Object seen = null;
        while (!Integer.valueOf(10).equals(seen)) {
            seen = client.getAccumulators().get(30, TimeUnit.SECONDS).get("seen");
        }
        run.line("while running " + seen);
        run.board().open("read enough");
        run.line("at the end "
                + client.getJobExecutionResult().get(30, TimeUnit.SECONDS).getAccumulatorResult("seen"));
    }

    private static void jobClientStatus(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        HeldSource.of(run, env, 1, "go on")
                .map(reading -> {
                    Board.of(id).open("running");
                    return reading;
                })
                .sinkTo(new DiscardingSink<>());
        JobClient client = env.executeAsync("watched");
        run.board().await("running");
        run.line(client.getJobStatus().get(30, TimeUnit.SECONDS));
        run.line("done " + client.getJobExecutionResult().isDone());
        run.board().open("go on");
        JobExecutionResult result = client.getJobExecutionResult().get(30, TimeUnit.SECONDS);
        run.line(client.getJobStatus().get(30, TimeUnit.SECONDS));
        run.line("same id " + result.getJobID().equals(client.getJobID()));
    }

    private static void jobListener(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.registerJobListener(new JobListener() {
            @Override
            public void onJobSubmitted(@Nullable JobClient client, @Nullable Throwable failure) {
                run.line("submitted " + (client != null) + " " + failure);
            }

            @Override
            public void onJobExecuted(@Nullable JobExecutionResult result, @Nullable Throwable failure) {
                run.line("executed " + (result != null) + " " + failure);
            }
        });
        env.fromSequence(1, 3).sinkTo(new DiscardingSink<>());
        env.execute();
    }

    private static void severalJobs(Run run) throws Exception {
        long limit = 3;
        for (int job = 0; job < 4; job++) {
            StreamExecutionEnvironment env = run.env();
            List<Long> results = env.fromSequence(1, limit).executeAndCollect(1000);
            limit = results.stream().mapToLong(Long::longValue).sum();
            run.line("job " + job + " " + limit);
        }
    }

    private static void jobsAtOnce(Run run) throws Exception {
        List<JobClient> clients = new ArrayList<>();
        for (int job = 0; job < 3; job++) {
            StreamExecutionEnvironment env = run.env();
            run.collect(
                    "job " + job + " ",
                    env.fromSequence(1, 50).keyBy(n -> n % 3).process(new Count<>()));
            clients.add(env.executeAsync("job " + job));
        }
        for (JobClient client : clients) {
            client.getJobExecutionResult().get(60, TimeUnit.SECONDS);
        }
    }

    private static void environmentAgain(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        for (int job = 0; job < 3; job++) {
            run.collectInOrder(env.fromData(job * 10, job * 10 + 1));
            env.execute("again " + job);
        }
    }

    private static void cachedFile(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        Path file = Files.writeString(run.directory().resolve("cached.txt"), "what the file says");
        env.registerCachedFile(file.toUri().toString(), "text");
        run.collect(env.fromSequence(1, 3).map(new RichMapFunction<Long, String>() {
            @Override
            public String map(Long n) throws Exception {
                Path copy = getRuntimeContext()
                        .getDistributedCache()
                        .getFile("text")
                        .toPath();
                return n + " " + Files.readString(copy);
            }
        }));
        env.execute();
    }

    private static void globalParameters(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.getConfig().setGlobalJobParameters(ParameterTool.fromMap(Map.of("greeting", "hello")));
        run.collect(env.fromSequence(1, 3).map(new RichMapFunction<Long, String>() {
            @Override
            public String map(Long n) {
                return n + " " + new TreeMap<>(getRuntimeContext().getGlobalJobParameters());
            }
        }));
        env.execute();
    }
}

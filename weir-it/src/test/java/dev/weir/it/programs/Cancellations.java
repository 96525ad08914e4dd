package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.util.Collector;

/** A client cancels at every phase of a job. */
@SuppressWarnings("deprecation") // legacy sources stay until they are cancelled
final class Cancellations {
    private Cancellations() {}

    static List<Program> programs() {
        return List.of(
                program("cancel-in-open", run -> blocked(run, true)),
                program("cancel-in-blocked-user-code", run -> blocked(run, false)),
                program("cancel-while-source-waits", Cancellations::sourceWaits),
                program("cancel-while-source-spins", Cancellations::sourceSpins),
                program("cancel-an-unbounded-sequence", Cancellations::unbounded),
                program("cancel-while-backpressured", Cancellations::backpressured),
                program("cancel-in-a-timer", Cancellations::inTimer),
                program("cancel-with-asynchronous-calls-in-flight", Cancellations::asyncInFlight),
                program("cancel-user-code-that-ignores-the-first-interrupt", Cancellations::stubborn),
                program("cancel-right-after-submission", Cancellations::atOnce),
                program("cancel-twice", Cancellations::twice));
    }

    private static JobClient start(StreamExecutionEnvironment env) throws Exception {
        return env.executeAsync();
    }

    /** Cancels and says how the job has ended. */
    private static void cancel(Run run, JobClient client) throws Exception {
        client.cancel().get(30, TimeUnit.SECONDS);
        ended(run, client);
    }

    private static void ended(Run run, JobClient client) {
        run.failure(() -> client.getJobExecutionResult().get(30, TimeUnit.SECONDS));
    }

    private static DataStream<Reading> held(Run run, StreamExecutionEnvironment env) {
        return env.addSource(new HeldSource(run.id(), Reading.list(9, 3), "never"));
    }

    private static final class Blocking extends RichMapFunction<Reading, Reading> {
        private final String runId;
        private final boolean inOpen;

        private Blocking(String runId, boolean inOpen) {
            this.runId = runId;
            this.inOpen = inOpen;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            if (inOpen) {
                block();
            }
        }

        @Override
        public Reading map(Reading reading) throws Exception {
            block();
            return reading;
        }

        private void block() throws InterruptedException {
            Board.of(runId).open("blocked");
            Board.of(runId).await("never");
        }

        @Override
        public void close() {
            Board.of(runId).count("closed");
        }
    }

    private static void blocked(Run run, boolean inOpen) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(held(run, env)
                .map(new Blocking(run.id(), inOpen))
                .setParallelism(1)
                .filter(reading -> false));
        JobClient client = start(env);
        run.board().await("blocked");
        cancel(run, client);
        run.line("closed " + run.board().counted("closed"));
    }

    private static void sourceWaits(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(held(run, env)
                .map(reading -> {
                    if (reading.time == 80) {
                        Board.of(id).open("all read");
                    }
                    return reading;
                })
                .setParallelism(1)
                .filter(reading -> false));
        JobClient client = start(env);
        run.board().await("all read");
        cancel(run, client);
    }

    /** Runs until it is cancelled, and never looks at interrupts. */
    private static final class Spinning implements SourceFunction<Long> {
        private final String runId;
        private volatile boolean cancelled;

        private Spinning(String runId) {
            this.runId = runId;
        }

        @Override
        public void run(SourceContext<Long> context) {
            long n = 0;
            try {
                while (!cancelled) {
                    synchronized (context.getCheckpointLock()) {
                        context.collect(n++);
                    }
                    if (n == 1000) {
                        Board.of(runId).open("spinning");
                    }
                }
            } finally {
                Board.of(runId).open("source saw the cancellation");
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private static void sourceSpins(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.addSource(new Spinning(run.id()))
                .returns(Long.class)
                .rebalance()
                .filter(n -> false));
        JobClient client = start(env);
        run.board().await("spinning");
        cancel(run, client);
        run.board().await("source saw the cancellation");
    }

    private static void unbounded(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(env.fromSequence(0, Long.MAX_VALUE)
                .keyBy(n -> n % 5)
                .reduce(Long::sum)
                .filter(n -> {
                    Board.of(id).open("flowing");
                    return false;
                }));
        JobClient client = start(env);
        run.board().await("flowing");
        cancel(run, client);
    }

    private static void backpressured(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(env.fromSequence(0, Long.MAX_VALUE)
                .map(n -> {
                    if (n == 50) {
                        Board.of(id).open("enough");
                    }
                    return "number " + n;
                })
                .rebalance()
                .map(text -> {
                    Board.of(id).await("never");
                    return text;
                })
                .filter(text -> false));
        JobClient client = start(env);
        run.board().await("enough");
        cancel(run, client);
    }

    private static void inTimer(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(held(run, env).keyBy(Reading::getKey).process(new KeyedProcessFunction<String, Reading, String>() {
            @Override
            public void processElement(Reading reading, Context context, Collector<String> out) {
                context.timerService().registerProcessingTimeTimer(1);
            }

            @Override
            public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
                Board.of(id).open("in timer");
                Board.of(id).await("never");
            }
        }));
        JobClient client = start(env);
        run.board().await("in timer");
        cancel(run, client);
    }

    private static void asyncInFlight(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        AsyncFunction<Reading, String> silent =
                (reading, result) -> Board.of(id).open("asked");
        run.collect(AsyncDataStream.orderedWait(held(run, env), silent, 1, TimeUnit.HOURS, 2)
                .returns(String.class));
        JobClient client = start(env);
        run.board().await("asked");
        cancel(run, client);
    }

    private static void stubborn(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.getConfig().setTaskCancellationInterval(100);
        String id = run.id();
        run.collect(held(run, env)
                .map(reading -> {
                    Board.of(id).open("stubborn");
                    for (int interrupts = 0; interrupts < 2; ) {
                        try {
                            Board.of(id).await("never");
                        } catch (InterruptedException e) {
                            interrupts++;
                        }
                    }
                    return reading;
                })
                .setParallelism(1)
                .filter(reading -> false));
        JobClient client = start(env);
        run.board().await("stubborn");
        cancel(run, client);
    }

    private static void atOnce(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(held(run, env).filter(reading -> false));
        cancel(run, start(env));
    }

    private static void twice(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(held(run, env).map(new Blocking(run.id(), false)).setParallelism(1));
        JobClient client = start(env);
        run.board().await("blocked");
        client.cancel().get(30, TimeUnit.SECONDS);
        ended(run, client);
        run.failure(() -> {
            client.cancel().get(30, TimeUnit.SECONDS);
            throw new IllegalStateException("accepted");
        });
    }
}

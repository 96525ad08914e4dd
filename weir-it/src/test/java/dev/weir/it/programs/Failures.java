package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Exceptions in every method that users write; the job is to fail and name them as the root cause. */
@SuppressWarnings("deprecation") // legacy sources: they stay until the failure, and add no failure of their own
final class Failures {
    private Failures() {}

    static List<Program> programs() {
        return List.of(
                program("fails-in-open", run -> mapping(run, Phase.OPEN)),
                program("fails-in-initialize-state", run -> mapping(run, Phase.INITIALIZE)),
                program("fails-in-map", run -> mapping(run, Phase.RECORD)),
                program("fails-in-close", run -> mapping(run, Phase.CLOSE)),
                program("fails-with-an-error", run -> mapping(run, Phase.ERROR)),
                program("fails-without-a-message", run -> mapping(run, Phase.SILENT)),
                program("fails-with-an-exception-that-cannot-be-serialized", run -> mapping(run, Phase.UNSERIALIZABLE)),
                program("fails-in-the-second-of-a-chain", Failures::inChain),
                program("fails-behind-an-exchange", Failures::behindExchange),
                program("fails-in-key-selector", Failures::inKeySelector),
                program("fails-with-a-null-key", Failures::nullKey),
                program("fails-in-partitioner", Failures::inPartitioner),
                program("fails-in-reduce", Failures::inReduce),
                program("fails-in-timer", Failures::inTimer),
                program("fails-in-processing-timer", Failures::inProcessingTimer),
                program("fails-in-window-function", Failures::inWindow),
                program("fails-in-source-run", Failures::inSource),
                program("fails-in-split-enumerator", Failures::inEnumerator),
                program("fails-in-sink-writer-creation", run -> sinking(run, SinkPhase.CREATE)),
                program("fails-in-sink-write", run -> sinking(run, SinkPhase.WRITE)),
                program("fails-in-sink-flush", run -> sinking(run, SinkPhase.FLUSH)),
                program("fails-in-sink-close", run -> sinking(run, SinkPhase.CLOSE)),
                program("fails-with-no-timestamp-in-event-time-window", Failures::noTimestamp),
                program("fails-while-others-are-blocked", Failures::othersBlocked),
                program("fails-and-the-next-job-succeeds", Failures::nextSucceeds));
    }

    private enum Phase {
        OPEN,
        INITIALIZE,
        RECORD,
        CLOSE,
        ERROR,
        SILENT,
        UNSERIALIZABLE
    }

    private static final class CheckedFailure extends Exception {
        @SuppressWarnings("unused") // it is there so that the exception cannot be serialized
        private final Thread notSerializable = Thread.currentThread();

        private CheckedFailure(String message) {
            super(message);
        }
    }

    private static final class Failing extends RichMapFunction<Reading, Reading> implements CheckpointedFunction {
        private final Phase phase;

        private Failing(Phase phase) {
            this.phase = phase;
        }

        private void at(Phase now) {
            if (phase == now) {
                throw new IllegalStateException("thrown in " + now);
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {
            at(Phase.INITIALIZE);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {}

        @Override
        public void open(OpenContext context) {
            at(Phase.OPEN);
        }

        @Override
        public Reading map(Reading reading) throws Exception {
            at(Phase.RECORD);
            switch (phase) {
                case ERROR -> throw new AssertionError("an error, not an exception");
                case SILENT -> throw new UnsupportedOperationException();
                case UNSERIALIZABLE -> throw new CheckedFailure("holds a thread");
                default -> {
                    return reading;
                }
            }
        }

        @Override
        public void close() {
            at(Phase.CLOSE);
        }
    }

    /** Emits a few readings and then stays, but for failures that come at the end. */
    private static DataStream<Reading> source(Run run, StreamExecutionEnvironment env, boolean stays) {
        if (!stays) {
            run.board().open("never");
        }
        return env.addSource(new HeldSource(run.id(), Reading.list(9, 3), "never"));
    }

    private static void mapping(Run run, Phase phase) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, phase != Phase.CLOSE)
                    .map(new Failing(phase))
                    .setParallelism(1)
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static void inChain(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .rebalance()
                    .map(reading -> reading)
                    .map(reading -> {
                        if (reading.time == 50) {
                            throw new IOException("the sixth reading is bad");
                        }
                        return reading;
                    })
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static void behindExchange(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .keyBy(Reading::getKey)
                    .map(reading -> {
                        if (reading.key.equals("k2")) {
                            throw new ArithmeticException("key k2 is bad");
                        }
                        return reading;
                    })
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static void inKeySelector(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .keyBy(reading -> {
                        if (reading.time == 40) {
                            throw new IllegalStateException("no key for the fifth");
                        }
                        return reading.key;
                    })
                    .sum("value")
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static @Nullable String noKey(Reading reading) {
        return reading.time == 40 ? null : reading.key;
    }

    @SuppressWarnings("NullAway") // on purpose
    private static void nullKey(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(
                    source(run, env, true).keyBy(Failures::noKey).sum("value").filter(reading -> false));
            env.execute();
        });
    }

    private static void inPartitioner(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .<String>partitionCustom(
                            (key, n) -> {
                                throw new IllegalStateException("nowhere to go for " + key);
                            },
                            Reading::getKey)
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static void inReduce(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .keyBy(Reading::getKey)
                    .reduce((a, b) -> {
                        throw new IllegalStateException("will not reduce");
                    })
                    .filter(reading -> false));
            env.execute();
        });
    }

    private static final class FailingTimer extends KeyedProcessFunction<String, Reading, Reading> {
        private final boolean processingTime;

        private FailingTimer(boolean processingTime) {
            this.processingTime = processingTime;
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<Reading> out) {
            if (processingTime) {
                context.timerService().registerProcessingTimeTimer(1);
            } else {
                context.timerService().registerEventTimeTimer(1);
            }
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Reading> out) {
            throw new IllegalStateException("timer at " + time + " in " + context.timeDomain());
        }
    }

    private static void inTimer(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .assignTimestampsAndWatermarks(Reading.punctuated(0))
                    .keyBy(Reading::getKey)
                    .process(new FailingTimer(false)));
            env.execute();
        });
    }

    private static void inProcessingTimer(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true).keyBy(Reading::getKey).process(new FailingTimer(true)));
            env.execute();
        });
    }

    private static void inWindow(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(source(run, env, true)
                    .assignTimestampsAndWatermarks(Reading.punctuated(0))
                    .filter(reading -> reading.key.equals("k0"))
                    .setParallelism(1)
                    .keyBy(Reading::getKey)
                    .window(TumblingEventTimeWindows.of(Duration.ofMillis(20)))
                    .reduce(
                            (a, b) -> a,
                            (String key,
                                    org.apache.flink.streaming.api.windowing.windows.TimeWindow window,
                                    Iterable<Reading> input,
                                    Collector<Reading> out) -> {
                                throw new IllegalStateException("window " + window);
                            })
                    .returns(Reading.class));
            env.execute();
        });
    }

    private static final class FailingSource implements SourceFunction<Long> {
        @Override
        public void run(SourceContext<Long> context) throws Exception {
            context.collect(1L);
            throw new IOException("the source has run dry");
        }

        @Override
        public void cancel() {}
    }

    private static void inSource(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(env.addSource(new FailingSource()).returns(Long.class).filter(n -> false));
            env.execute();
        });
    }

    private static void inEnumerator(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(env.fromSource(
                    new FailingEnumeratorSource(),
                    org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks(),
                    "failing enumerator"));
            env.execute();
        });
    }

    private enum SinkPhase {
        CREATE,
        WRITE,
        FLUSH,
        CLOSE
    }

    private record FailingWriter(SinkPhase phase) implements SinkWriter<Reading> {
        private FailingWriter {
            at(phase, SinkPhase.CREATE);
        }

        private static void at(SinkPhase phase, SinkPhase now) {
            if (phase == now) {
                throw new IllegalStateException("sink thrown in " + now);
            }
        }

        @Override
        public void write(Reading element, Context context) {
            at(phase, SinkPhase.WRITE);
        }

        @Override
        public void flush(boolean endOfInput) {
            at(phase, SinkPhase.FLUSH);
        }

        @Override
        public void close() {
            at(phase, SinkPhase.CLOSE);
        }
    }

    private static void sinking(Run run, SinkPhase phase) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            source(run, env, phase == SinkPhase.CREATE || phase == SinkPhase.WRITE)
                    .sinkTo((Sink<Reading>) context -> new FailingWriter(phase))
                    .setParallelism(1);
            env.execute();
        });
    }

    private static void noTimestamp(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(env.addSource(new Untimed(run.id()))
                    .returns(Reading.class)
                    .keyBy(Reading::getKey)
                    .window(TumblingEventTimeWindows.of(Duration.ofMillis(20)))
                    .sum("value"));
            env.execute();
        });
    }

    private record Untimed(String runId) implements SourceFunction<Reading> {
        @Override
        public void run(SourceContext<Reading> context) throws Exception {
            context.collect(new Reading("a", 1, 1));
            Board.of(runId).await("never");
        }

        @Override
        public void cancel() {}
    }

    private static void othersBlocked(Run run) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            String id = run.id();
            DataStream<Reading> readings = source(run, env, true);
            run.collect(readings.rebalance().map(reading -> {
                Board.of(id).open("blocked");
                Board.of(id).await("never");
                return reading;
            }));
            run.collect(readings.keyBy(Reading::getKey)
                    .map(reading -> {
                        Board.of(id).await("blocked");
                        if (reading.key.equals("k0")) {
                            throw new IllegalStateException("while others are blocked");
                        }
                        return "";
                    })
                    .filter(String::isBlank)
                    .filter(text -> false));
            env.execute();
        });
    }

    private static void nextSucceeds(Run run) throws Exception {
        mapping(run, Phase.RECORD);
        StreamExecutionEnvironment env = run.env();
        run.collect("next ", env.fromSequence(1, 5));
        env.execute();
    }
}

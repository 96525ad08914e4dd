package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.AsyncRetryStrategy;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.util.retryable.AsyncRetryStrategies;
import org.apache.flink.streaming.util.retryable.RetryPredicates;

/** Asynchronous I/O. */
final class AsyncIo {
    private AsyncIo() {}

    static List<Program> programs() {
        return List.of(
                program("async-io-ordered", AsyncIo::ordered, Trait.ORDERED),
                program("async-io-unordered", AsyncIo::unordered),
                program("async-io-small-capacity", AsyncIo::smallCapacity),
                program("async-io-completed-at-once", AsyncIo::atOnce, Trait.ORDERED),
                program("async-io-some-at-once", AsyncIo::someAtOnce, Trait.ORDERED),
                program("async-io-watermarks-are-not-overtaken", AsyncIo::watermarks),
                program("async-io-retry-on-result", AsyncIo::retryOnResult),
                program("async-io-retry-on-exception", AsyncIo::retryOnException),
                program("async-io-retries-exhausted", AsyncIo::retriesExhausted),
                program("async-io-timeout-handled", AsyncIo::timeoutHandled),
                program("async-io-timeout-fails", AsyncIo::timeoutFails),
                program("async-io-fails", AsyncIo::fails),
                program("async-io-in-a-chain", AsyncIo::chain));
    }

    /** Answers on threads of its own, odd numbers later than even ones. */
    private static final class Lookup extends RichAsyncFunction<Long, String> {
        private transient ExecutorService threads;

        @Override
        public void open(OpenContext context) {
            threads = Executors.newFixedThreadPool(3);
        }

        @Override
        public void asyncInvoke(Long n, ResultFuture<String> result) {
            threads.execute(() -> {
                for (int i = 0; i < n % 2 * 1000; i++) {
                    Thread.onSpinWait();
                }
                if (n % 10 == 0) {
                    result.complete(Collections.emptyList());
                } else if (n % 7 == 0) {
                    result.complete(() -> List.of("twice " + n, "twice " + n));
                } else {
                    result.complete(List.of("once " + n));
                }
            });
        }

        @Override
        public void close() {
            if (threads != null) {
                threads.shutdownNow();
            }
        }
    }

    private static void ordered(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(AsyncDataStream.orderedWait(
                        env.fromData(LongStream.range(0, 200).boxed().toList()), new Lookup(), 60, TimeUnit.SECONDS)
                .setParallelism(1));
        env.execute();
    }

    private static void unordered(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.unorderedWait(env.fromSequence(1, 200), new Lookup(), 60, TimeUnit.SECONDS));
        env.execute();
    }

    private static void smallCapacity(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.unorderedWait(env.fromSequence(1, 100), new Lookup(), 60, TimeUnit.SECONDS, 1)
                .map(text -> text + "!"));
        env.execute();
    }

    private static void atOnce(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        AsyncFunction<Integer, String> now = (n, result) -> result.complete(List.of("now " + n));
        run.collectInOrder(AsyncDataStream.orderedWait(env.fromData(3, 1, 2, 5, 4), now, 60, TimeUnit.SECONDS)
                .returns(Types.STRING)
                .setParallelism(1));
        env.execute();
    }

    private static void someAtOnce(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(AsyncDataStream.orderedWait(
                        env.fromData(LongStream.range(0, 300).boxed().toList()),
                        new Remembering(),
                        60,
                        TimeUnit.SECONDS,
                        7)
                .setParallelism(1));
        env.execute();
    }

    /** Knows some answers, the more the later, and asks for the others; gives a second answer that must not count. */
    private static final class Remembering extends RichAsyncFunction<Long, String> {
        private transient ExecutorService threads;

        @Override
        public void open(OpenContext context) {
            threads = Executors.newFixedThreadPool(3);
        }

        @Override
        public void asyncInvoke(Long n, ResultFuture<String> result) {
            if (n % 10 < n / 30) {
                answer(n, result);
            } else {
                threads.execute(() -> answer(n, result));
            }
        }

        private static void answer(Long n, ResultFuture<String> result) {
            if (n % 3 == 0) {
                result.complete(() -> List.of("first " + n, "second " + n));
            } else if (n % 7 == 0) {
                result.complete(Collections.emptyList());
            } else {
                result.complete(List.of("only " + n));
            }
            result.complete(List.of("too late " + n));
        }

        @Override
        public void close() {
            if (threads != null) {
                threads.shutdownNow();
            }
        }
    }

    private static void watermarks(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        AsyncFunction<Reading, Reading> echo = new Echo();
        run.collect(AsyncDataStream.unorderedWait(Reading.stream(env, Reading.list(60, 3)), echo, 60, TimeUnit.SECONDS)
                .setParallelism(1)
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .sum("value"));
        env.execute();
    }

    private static final class Echo extends RichAsyncFunction<Reading, Reading> {
        private transient ExecutorService thread;

        @Override
        public void open(OpenContext context) {
            thread = Executors.newSingleThreadExecutor();
        }

        @Override
        public void asyncInvoke(Reading reading, ResultFuture<Reading> result) {
            thread.execute(() -> result.complete(List.of(new Reading(reading.key, reading.time, reading.value))));
        }

        @Override
        public void close() {
            if (thread != null) {
                thread.shutdownNow();
            }
        }
    }

    /** Succeeds at the third attempt for each number; opens gate {@code answered} after so many. */
    private record Stubborn(String runId, int expected, boolean throwing) implements AsyncFunction<Reading, String> {
        @Override
        public void asyncInvoke(Reading reading, ResultFuture<String> result) {
            Board board = Board.of(runId);
            long attempt = board.count("attempts at " + reading);
            if (attempt >= 3) {
                if (board.count("answers") == expected) {
                    board.open("answered");
                }
                result.complete(List.of(reading + " after " + attempt));
            } else if (throwing) {
                result.completeExceptionally(new IllegalStateException("not yet"));
            } else {
                result.complete(Collections.emptyList());
            }
        }
    }

    @SuppressWarnings("unchecked") // Flink's predicates are raw
    private static AsyncRetryStrategy<String> strategy(int attempts) {
        return new AsyncRetryStrategies.FixedDelayRetryStrategyBuilder<String>(attempts, 1)
                .ifResult(RetryPredicates.EMPTY_RESULT_PREDICATE)
                .ifException(RetryPredicates.HAS_EXCEPTION_PREDICATE)
                .build();
    }

    /** Stays until the gate opens, since Flink ends retries with the input. */
    @SuppressWarnings("deprecation")
    private static DataStream<Reading> held(Run run, StreamExecutionEnvironment env, int n, String gate) {
        return env.addSource(new HeldSource(run.id(), Reading.list(n, n), gate));
    }

    private static void retryOnResult(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.orderedWaitWithRetry(
                held(run, env, 10, "answered"), new Stubborn(run.id(), 10, false), 60, TimeUnit.SECONDS, strategy(5)));
        env.execute();
    }

    private static void retryOnException(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.unorderedWaitWithRetry(
                held(run, env, 10, "answered"), new Stubborn(run.id(), 10, true), 60, TimeUnit.SECONDS, strategy(5)));
        env.execute();
    }

    private static void retriesExhausted(Run run) {
        failing(run, 60_000, new Refusing("never"), strategy(2));
    }

    private static void timeoutHandled(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.unorderedWait(
                env.fromSequence(1, 20), new SilentForSome(), 150, TimeUnit.MILLISECONDS));
        env.execute();
    }

    /** Never answers for multiples of five; the timeout answers instead. */
    private static final class SilentForSome implements AsyncFunction<Long, String> {
        @Override
        public void asyncInvoke(Long n, ResultFuture<String> result) {
            if (n % 5 != 0) {
                result.complete(List.of("answered " + n));
            }
        }

        @Override
        public void timeout(Long n, ResultFuture<String> result) {
            result.complete(List.of((n % 5 == 0 ? "timed out " : "answered ") + n));
        }
    }

    private static void timeoutFails(Run run) {
        AsyncFunction<Reading, String> silent = (n, result) -> {};
        failing(run, 20, silent, noRetry());
    }

    private static void fails(Run run) {
        failing(run, 60_000, new Refusing("refused"), noRetry());
    }

    @SuppressWarnings("unchecked")
    private static AsyncRetryStrategy<String> noRetry() {
        return AsyncRetryStrategies.NO_RETRY_STRATEGY;
    }

    private record Refusing(String text) implements AsyncFunction<Reading, String> {
        @Override
        public void asyncInvoke(Reading reading, ResultFuture<String> result) {
            result.completeExceptionally(new IllegalArgumentException(text + " " + reading));
        }
    }

    private static void failing(
            Run run, long timeoutMillis, AsyncFunction<Reading, String> function, AsyncRetryStrategy<String> retries) {
        run.failure(() -> {
            StreamExecutionEnvironment env = run.env();
            run.collect(AsyncDataStream.orderedWaitWithRetry(
                            held(run, env, 1, "never"), function, timeoutMillis, TimeUnit.MILLISECONDS, retries)
                    .returns(Types.STRING));
            env.execute();
        });
    }

    private static void chain(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(AsyncDataStream.unorderedWait(
                        AsyncDataStream.orderedWait(env.fromSequence(1, 100), new Lookup(), 60, TimeUnit.SECONDS, 4)
                                .map(text -> (long) text.length()),
                        new Lookup(),
                        60,
                        TimeUnit.SECONDS,
                        3)
                .keyBy(text -> text)
                .process(new Count<>()));
        env.execute();
    }
}

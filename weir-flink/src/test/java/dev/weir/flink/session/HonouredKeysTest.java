package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.program.Program;
import dev.weir.testing.wait.Waits;
import java.io.InputStream;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of jobs and sessions, each changed and its effect seen, but for those whose feature has a test of its own. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HonouredKeysTest {
    private static final AtomicInteger ATTEMPTS = new AtomicInteger();
    private static final ConcurrentLinkedQueue<Long> OPENED = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    private static Configuration with(String... keysAndValues) {
        Configuration configuration = new Configuration();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        return configuration;
    }

    @ParameterizedTest
    @CsvSource({
        "interval, 9 s, intervalMillis=9000",
        "interval-during-backlog, 20 s, backlogIntervalMillis=20000",
        "min-pause, 700 ms, minPauseMillis=700",
        "timeout, 33 s, timeoutMillis=33000",
        "max-concurrent-checkpoints, 4, maxConcurrent=4",
        "tolerable-failed-checkpoints, 5, tolerableFailures=5",
        "num-retained, 6, numRetained=6",
        "mode, AT_LEAST_ONCE, mode=AT_LEAST_ONCE",
        "externalized-checkpoint-retention, RETAIN_ON_CANCELLATION, retention=ON_CANCELLATION",
        "unaligned.enabled, true, unaligned=true",
        "aligned-checkpoint-timeout, 8 s, alignedTimeoutMillis=8000",
        "checkpoints-after-tasks-finish, false, afterTasksFinish=false"
    })
    void checkpointsAreTakenAsConfigured(String key, String value, String said) {
        String prefix = "execution.checkpointing.";
        Configuration configuration = with(prefix + "interval", "1 s", prefix + key, value);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());

        CheckpointPolicy policy = CheckpointPolicies.of(env.getStreamGraph().getJobGraph(), configuration);

        assertThat(String.valueOf(policy)).contains(said);
        assertThat(String.valueOf(CheckpointPolicies.of(plain(), new Configuration())))
                .doesNotContain(said);
    }

    private static JobGraph plain() {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, with("execution.checkpointing.interval", "1 s"));
        env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    /** Fails each time that it is opened, or is slow. */
    private static final class Stubborn extends RichMapFunction<Long, Long> {
        private final boolean fails;

        Stubborn(boolean fails) {
            this.fails = fails;
        }

        @Override
        public void open(OpenContext context) {
            OPENED.add(System.nanoTime());
            ATTEMPTS.incrementAndGet();
            if (fails) {
                // for longer than the shortest interval that failures are counted in
                LockSupport.parkNanos(3_000_000);
                throw new IllegalStateException("attempt " + ATTEMPTS);
            }
        }

        @Override
        public Long map(Long value) {
            LockSupport.parkNanos(1_000_000);
            return value;
        }
    }

    private JobGraph stubborn(boolean fails, String... keysAndValues) {
        Configuration configuration = with(keysAndValues);
        configuration.setString("execution.checkpointing.dir", directory.toUri().toString());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(1, Long.MAX_VALUE / 2).map(new Stubborn(fails)).sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private static WeirJob submitted(WeirSession session, JobGraph graph) throws Exception {
        return session.submit(graph, HonouredKeysTest.class.getClassLoader());
    }

    /** As many times as on Flink, whose strategies these are. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "type=fixed-delay fixed-delay.attempts=2 fixed-delay.delay=1ms",
                "type=failure-rate failure-rate.max-failures-per-interval=3 failure-rate.delay=1ms"
                        + " failure-rate.failure-rate-interval=1h",
                "type=exponential-delay exponential-delay.initial-backoff=1ms exponential-delay.max-backoff=4ms"
                        + " exponential-delay.backoff-multiplier=2 exponential-delay.jitter-factor=0"
                        + " exponential-delay.attempts-before-reset-backoff=4"
                        + " exponential-delay.reset-backoff-threshold=1h"
            })
    void jobsAreRestartedAsConfigured(String strategy) throws Exception {
        String[] pairs = restarts(strategy);
        ATTEMPTS.set(0);
        try (MiniCluster flink = SmallFlink.started(new Configuration(), 1)) {
            assertThatThrownBy(() -> flink.executeJobBlocking(stubborn(true, pairs)));
        }
        int onFlink = ATTEMPTS.getAndSet(0);

        try (WeirSession session = new WeirSession(new Configuration())) {
            assertThat(submitted(session, stubborn(true, pairs)).result().get().failure())
                    .isNotNull();
        }
        assertThat(ATTEMPTS).hasValue(onFlink).hasValueGreaterThan(2);
    }

    /** By default it is one second. */
    @Test
    void delaysBetweenRestartsAreAsConfigured() throws Exception {
        for (String[] each : List.of(
                new String[] {"restart-strategy.type", "fixed-delay", "restart-strategy.fixed-delay.delay", "2000ms"},
                new String[] {"restart-strategy.type", "failure-rate", "restart-strategy.failure-rate.delay", "2000ms"},
                new String[] {
                    "restart-strategy.type",
                    "exponential-delay",
                    "restart-strategy.exponential-delay.initial-backoff",
                    "2000ms",
                    "restart-strategy.exponential-delay.attempts-before-reset-backoff",
                    "1"
                })) {
            try (WeirSession session = new WeirSession(new Configuration())) {
                long start = System.nanoTime();
                submitted(session, stubborn(true, each)).result().get();
                assertThat(System.nanoTime() - start).as(each[1]).isGreaterThan(1_700_000_000);
            }
        }
    }

    /** Failures that lie further apart are counted anew, so that the job never gives up. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "type=failure-rate failure-rate.failure-rate-interval=1ms failure-rate.delay=1ms",
                "type=exponential-delay exponential-delay.reset-backoff-threshold=1ms"
                        + " exponential-delay.initial-backoff=1ms exponential-delay.attempts-before-reset-backoff=1"
            })
    void failuresAreForgottenAsConfigured(String strategy) throws Exception {
        ATTEMPTS.set(0);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submitted(session, stubborn(true, restarts(strategy)));
            while (ATTEMPTS.get() < 10 && !job.result().isDone()) {
                Waits.aMoment();
            }
            assertThat(ATTEMPTS).hasValueGreaterThanOrEqualTo(10);
            job.cancel().get();
        }
    }

    private static String[] restarts(String strategy) {
        return ("restart-strategy." + strategy.replace(" ", " restart-strategy.")).split("[ =]");
    }

    /** From each attempt to the next. */
    private List<Long> gapsInMillis(String exponential) throws Exception {
        OPENED.clear();
        String[] pairs = restarts("type=exponential-delay exponential-delay."
                + exponential.replace(" ", " exponential-delay.")
                + " exponential-delay.initial-backoff=1ms exponential-delay.reset-backoff-threshold=1h");
        try (WeirSession session = new WeirSession(new Configuration())) {
            submitted(session, stubborn(true, pairs)).result().get();
        }
        List<Long> opened = List.copyOf(OPENED);
        return IntStream.range(1, opened.size())
                .mapToObj(i -> TimeUnit.NANOSECONDS.toMillis(opened.get(i) - opened.get(i - 1)))
                .toList();
    }

    /** How they are spread {@code GrowingDelayTest} sees. */
    @Test
    void delaysGrowUpToTheGreatestAsConfigured() throws Exception {
        assertThat(gapsInMillis("backoff-multiplier=300 jitter-factor=0 attempts-before-reset-backoff=2"))
                .last()
                .satisfies(gap -> assertThat(gap).isGreaterThanOrEqualTo(300));
        // with the usual greatest delay this would take more than a minute
        List<Long> steady = gapsInMillis(
                "backoff-multiplier=10000 max-backoff=40ms jitter-factor=0 attempts-before-reset-backoff=20");
        assertThat(steady.subList(1, 20)).allMatch(gap -> gap >= 40);
    }

    /** Hears that it is interrupted and goes on. */
    private static final class Deaf extends RichMapFunction<Long, Long> {
        private static final CountDownLatch HEARD = new CountDownLatch(20);
        private static final CountDownLatch RUNNING = new CountDownLatch(1);

        @Override
        public Long map(Long value) {
            RUNNING.countDown();
            while (HEARD.getCount() > 0) {
                LockSupport.park();
                if (Thread.interrupted()) {
                    HEARD.countDown();
                }
            }
            return value;
        }
    }

    /** Twenty of them would take ten minutes by default. */
    @Test
    void tasksAreInterruptedAsOftenAsConfigured() throws Exception {
        try (WeirSession session = new WeirSession(with("task.cancellation.interval", "5"))) {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
            env.fromSequence(1, 1).map(new Deaf()).sinkTo(new DiscardingSink<>());
            WeirJob job = submitted(session, env.getStreamGraph().getJobGraph());
            Deaf.RUNNING.await();
            job.cancel().get();
            assertThat(Deaf.HEARD.getCount()).isZero();
        }
    }

    /** Waits with the second record until the first has been seen behind an edge, or for a while. */
    private static final class Waiting extends RichMapFunction<Long, Long> {
        private static final AtomicReference<CountDownLatch> FIRST = new AtomicReference<>(new CountDownLatch(1));
        private static final AtomicReference<Boolean> SEEN = new AtomicReference<>();

        private final long millis;

        Waiting(long millis) {
            this.millis = millis;
        }

        @Override
        public Long map(Long value) throws Exception {
            if (value == 2) {
                SEEN.set(FIRST.get().await(millis, TimeUnit.MILLISECONDS));
            }
            return value;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "execution.buffer-timeout.interval, 1 ms, true",
        "execution.buffer-timeout.interval, 1 h, false",
        "execution.buffer-timeout.enabled, false, false"
    })
    void whatIsNotFullGoesOnAsConfigured(String key, String value, boolean goesOn) throws Exception {
        Waiting.FIRST.set(new CountDownLatch(1));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, with(key, value));
        env.fromSequence(1, 2)
                .map(new Waiting(goesOn ? 50_000 : 500))
                .rebalance()
                .map(number -> {
                    Waiting.FIRST.get().countDown();
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            submitted(session, env.getStreamGraph().getJobGraph()).result().get();
        }
        assertThat(Waiting.SEEN).hasValue(goesOn);
    }

    @Test
    void historiesAreAsLongAsConfigured() throws Exception {
        try (WeirSession session =
                new WeirSession(with("web.checkpoints.history", "2", "web.exception-history-size", "3"))) {
            WeirJob job = submitted(session, stubborn(false, "execution.checkpointing.interval", "10 ms"));
            while (job.checkpoints().orElseThrow().counts().completed() < 5) {
                Waits.aMoment();
            }
            job.cancel().get();
            assertThat(job.checkpoints().orElseThrow().history()).hasSize(2);

            WeirJob failing = submitted(
                    session,
                    stubborn(
                            true,
                            "restart-strategy.type",
                            "fixed-delay",
                            "restart-strategy.fixed-delay.attempts",
                            "6",
                            "restart-strategy.fixed-delay.delay",
                            "1 ms"));
            failing.result().get();
            assertThat(failing.failures()).hasSize(3);
        }
    }

    @Test
    void endedJobsAreKnownAsLongAsConfigured() throws Exception {
        for (String seconds : List.of("1", "3600")) {
            try (WeirSession session = new WeirSession(with("jobstore.expiration-time", seconds))) {
                WeirJob ended = submitted(session, stubborn(true, "restart-strategy.type", "none"));
                ended.result().get();
                TimeUnit.MILLISECONDS.sleep(1200);
                WeirJob next = submitted(session, stubborn(false));

                assertThat(session.jobs().contains(ended)).isEqualTo(seconds.equals("3600"));
                next.cancel().get();
            }
        }
    }

    /** With a copy of a class that is on the class path too. */
    private URLClassLoader loader(Configuration configuration) throws Exception {
        String name = Percentage.class.getName().replace('.', '/') + ".class";
        Path copy = directory.resolve(name);
        Files.createDirectories(copy.resolveSibling(""));
        try (InputStream in =
                Objects.requireNonNull(Percentage.class.getClassLoader().getResourceAsStream(name))) {
            Files.write(copy, in.readAllBytes());
        }
        return Program.loader(List.of(directory.toUri().toURL()), List.of(), configuration);
    }

    @ParameterizedTest
    @CsvSource({
        "classloader.resolve-order, parent-first",
        "classloader.parent-first-patterns.additional, org.assertj.",
        "classloader.parent-first-patterns.default, java.;org.assertj."
    })
    void usersClassesAreLoadedAsConfigured(String key, String value) throws Exception {
        String name = Percentage.class.getName();
        try (URLClassLoader usual = loader(new Configuration());
                URLClassLoader other = loader(with(key, value))) {
            assertThat(Class.forName(name, false, usual)).isNotSameAs(Percentage.class);
            assertThat(Class.forName(name, false, other)).isSameAs(Percentage.class);
        }
    }

    @Test
    void useAfterTheEndIsFoundAsConfigured() throws Exception {
        for (Map.Entry<String, Boolean> each :
                Map.of("true", true, "false", false).entrySet()) {
            URLClassLoader loader = loader(with("classloader.check-leaked-classloader", each.getKey()));
            loader.close();
            String missing = "org.acme.Missing";
            assertThatThrownBy(() -> loader.loadClass(missing))
                    .isInstanceOf(each.getValue() ? IllegalStateException.class : ClassNotFoundException.class);
        }
    }
}

package dev.weir.flink.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mains that run at once, and the threads that they start, each execute in their own session. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConcurrentProgramsTest {
    private static final int PROGRAMS = 4;

    @Test
    void everyJobRunsInItsOwnProgramsSession() throws Exception {
        CyclicBarrier allOpen = new CyclicBarrier(PROGRAMS);
        ExecutorService mains = Executors.newFixedThreadPool(PROGRAMS);
        try {
            List<Future<List<String>>> ran = new ArrayList<>();
            for (int program = 0; program < PROGRAMS; program++) {
                int number = program;
                ran.add(mains.submit(() -> program(number, allOpen)));
            }
            for (int program = 0; program < PROGRAMS; program++) {
                assertThat(ran.get(program).get())
                        .containsExactlyInAnyOrder(
                                "main of " + program, "thread of " + program, "thread of a thread of " + program);
            }
        } finally {
            mains.shutdownNow();
        }
    }

    /** Gives the names of the jobs that its session has run. */
    private static List<String> program(int number, CyclicBarrier allOpen) throws Exception {
        // a parallelism of its own shows whose configuration an environment has
        Configuration configuration = new Configuration().set(CoreOptions.DEFAULT_PARALLELISM, number + 1);
        ClassLoader loader = ConcurrentProgramsTest.class.getClassLoader();
        try (WeirSession session = new WeirSession(configuration);
                EnvironmentScope scope = EnvironmentScope.open(
                        configuration,
                        new SubmittingExecutor(configuration, session::submit),
                        loader,
                        ConcurrentProgramsTest.class)) {
            allOpen.await();
            CompletableFuture<Void> inner = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                Thread nested = new Thread(() -> job("thread of a thread of " + number, number, inner));
                nested.start();
                job("thread of " + number, number, new CompletableFuture<>());
                join(nested);
            });
            thread.start();
            CompletableFuture<Void> own = new CompletableFuture<>();
            job("main of " + number, number, own);
            own.get();
            inner.get();
            join(thread);
            assertThat(session.jobs()).extracting(WeirJob::status).containsOnly(JobStatus.FINISHED);
            List<String> names = session.jobs().stream().map(WeirJob::name).toList();
            allOpen.await();
            return names;
        }
    }

    private static void job(String name, int number, CompletableFuture<Void> done) {
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            assertThat(env.getParallelism()).isEqualTo(number + 1);
            env.fromSequence(1, 100).keyBy(each -> each % 7).sum(0).sinkTo(new DiscardingSink<>());
            env.getConfig().enableObjectReuse();
            env.execute(name);
            done.complete(null);
        } catch (Exception | AssertionError e) {
            done.completeExceptionally(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

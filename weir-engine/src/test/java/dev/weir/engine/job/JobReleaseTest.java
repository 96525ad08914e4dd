package dev.weir.engine.job;

import static dev.weir.engine.job.JobExecutionTest.await;
import static dev.weir.engine.job.JobExecutionTest.edge;
import static dev.weir.engine.job.JobExecutionTest.source;
import static dev.weir.engine.job.JobExecutionTest.vertex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.Programs.Counter;
import dev.weir.engine.job.Programs.Quiet;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JobReleaseTest {

    @Test
    void noThreadIsLeftAfterManyJobs() throws Exception {
        for (int job = 0; job < 200; job++) {
            JobRun run = start("job " + job, job % 3 == 1, getClass().getClassLoader());
            if (job % 3 == 2) {
                run.cancel();
            }
            assertThat(await(run).state().isTerminal()).isTrue();
        }
        Set<Thread> left = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("(Source|Sink|Supervisor of job|Canceler for) .*"))
                .collect(Collectors.toSet());
        for (Thread thread : left) {
            // Supervisors and cancellers are in their last instructions when the outcome is known.
            thread.join(TimeUnit.SECONDS.toMillis(30));
        }
        assertThat(left).filteredOn(Thread::isAlive).isEmpty();
    }

    @Test
    void aRunThatIsKeptKeepsNothingOfItsJob() throws Exception {
        URLClassLoader loader = new URLClassLoader(new URL[0], getClass().getClassLoader());
        WeakReference<ClassLoader> reference = new WeakReference<>(loader);
        JobRun run = start("kept", false, loader);
        assertThat(await(run).state()).isEqualTo(JobState.FINISHED);
        loader.close();
        loader = null;

        for (int attempt = 0; attempt < 1_000 && reference.get() != null; attempt++) {
            System.gc();
            Thread.onSpinWait();
        }

        assertThat(reference.get()).isNull();
        assertThat(run.subtasks()).hasSize(3).allSatisfy((subtask, state) -> assertThat(state)
                .isEqualTo(SubtaskState.FINISHED));
    }

    @Test
    void tasksRunOnDaemonThreadsWithTheJobsClassLoaderAndTheirOwnName() throws Exception {
        ClassLoader loader = new URLClassLoader(new URL[0], getClass().getClassLoader());
        Thread[] seen = new Thread[1];
        ClassLoader[] contextLoader = new ClassLoader[1];
        Dataflow dataflow = new Dataflow(
                "named",
                List.of(source("Source: numbers", 1, s -> {
                    seen[0] = Thread.currentThread();
                    contextLoader[0] = Thread.currentThread().getContextClassLoader();
                    return new Quiet();
                })),
                List.of());

        await(JobExecution.start(
                dataflow, new JobOptions(Duration.ofSeconds(1), Duration.ZERO, loader), new JobObserver() {}));

        assertThat(seen[0].getName()).isEqualTo("Source: numbers (1/1)#0");
        assertThat(seen[0].isDaemon()).isTrue();
        assertThat(contextLoader[0]).isSameAs(loader);
    }

    private static JobRun start(String name, boolean failing, ClassLoader loader) {
        Dataflow dataflow = new Dataflow(
                name,
                List.of(source("Source", 2, s -> new Counter(2_000)), vertex("Sink", 1, s -> new Quiet() {
                    @Override
                    public void finish(boolean drain) throws Exception {
                        if (failing) {
                            throw new IOException("finish");
                        }
                    }
                })),
                List.of(edge(0, 1, Wiring.ALL_TO_ALL, 10)));
        return JobExecution.start(
                dataflow, new JobOptions(Duration.ofSeconds(30), Duration.ofSeconds(60), loader), new JobObserver() {});
    }
}

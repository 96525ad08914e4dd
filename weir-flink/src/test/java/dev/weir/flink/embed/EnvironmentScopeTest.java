package dev.weir.flink.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.impl.ExecutionEnvironmentImpl;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.concurrent.FutureUtils;
import org.junit.jupiter.api.Test;

class EnvironmentScopeTest {
    private final ClassLoader host = EnvironmentScopeTest.class.getClassLoader();

    @Test
    void concurrentProgramsAndTheirThreadsFindTheirOwnEnvironment() throws Exception {
        int programs = 4;
        CyclicBarrier allOpen = new CyclicBarrier(programs);
        ExecutorService mains = Executors.newFixedThreadPool(programs);
        try {
            List<Future<List<String>>> found = new ArrayList<>();
            for (int i = 0; i < programs; i++) {
                String name = "program-" + i;
                found.add(mains.submit(() -> {
                    try (EnvironmentScope scope =
                            EnvironmentScope.open(named(name), new Recorder(), host, Object.class)) {
                        allOpen.await();
                        List<String> names = new ArrayList<>();
                        names.add(nameOfEnvironment());
                        names.add(onNewThread(EnvironmentScopeTest::nameOfEnvironment));
                        names.add(onNewThread(() -> onNewThread(EnvironmentScopeTest::nameOfEnvironment)));
                        names.add(onNewThread(EnvironmentScopeTest::nameOfDataStreamEnvironment));
                        allOpen.await();
                        return names;
                    }
                }));
            }
            for (int i = 0; i < programs; i++) {
                assertThat(found.get(i).get()).hasSize(4).containsOnly("program-" + i);
            }
        } finally {
            mains.shutdownNow();
        }
        assertThat(StreamExecutionEnvironment.areExplicitEnvironmentsAllowed()).isTrue();
    }

    @Test
    void pipelinesGoToTheScopesExecutorWithItsLoader() throws Exception {
        Recorder recorder = new Recorder();
        ClassLoader user = new ClassLoader(host) {};
        try (EnvironmentScope scope = EnvironmentScope.open(named("mine"), recorder, user, Object.class)) {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                    new Configuration().set(CoreOptions.DEFAULT_PARALLELISM, 3));
            env.fromSequence(0, 1).print();
            assertThatThrownBy(() -> env.executeAsync("a job")).rootCause().hasMessage("recorded");
            assertThat(env.getParallelism()).isEqualTo(3);
        }
        assertThat(recorder.jobs).containsExactly("a job");
        assertThat(recorder.loaders).containsExactly(user);
    }

    @Test
    void poolThreadsOfOthersAreToldByTheContextClassLoader() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        pool.submit(() -> {}).get(); // its thread is older than the program
        ClassLoader user = new ClassLoader(host) {};
        try (EnvironmentScope scope = EnvironmentScope.open(named("mine"), new Recorder(), user, Object.class)) {
            String found = pool.submit(() -> {
                        Thread.currentThread().setContextClassLoader(user);
                        return nameOfEnvironment();
                    })
                    .get();
            assertThat(found).isEqualTo("mine");
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void scopesNest() throws Exception {
        try (EnvironmentScope outer = EnvironmentScope.open(named("outer"), new Recorder(), host, Object.class)) {
            try (EnvironmentScope inner = EnvironmentScope.open(named("inner"), new Recorder(), host, Object.class)) {
                assertThat(nameOfEnvironment()).isEqualTo("inner");
            }
            assertThat(nameOfEnvironment()).isEqualTo("outer");
        }
        assertThat(nameOfEnvironment()).isEqualTo("none");
    }

    @Test
    void aThreadThatOutlivesItsProgramFindsALocalEnvironment() throws Exception {
        ExecutorService left = Executors.newSingleThreadExecutor();
        try {
            try (EnvironmentScope scope = EnvironmentScope.open(named("gone"), new Recorder(), host, Object.class)) {
                assertThat(left.submit(EnvironmentScopeTest::nameOfEnvironment).get())
                        .isEqualTo("gone");
            }
            assertThat(left.submit(EnvironmentScopeTest::nameOfEnvironment).get())
                    .isEqualTo("none");
        } finally {
            left.shutdownNow();
        }
    }

    @Test
    void anInstalledEnvironmentServesWhoeverHasNoProgram() throws Exception {
        Weir.install(named("installed"));
        try {
            assertThat(nameOfEnvironment()).isEqualTo("installed");
            assertThat(nameOfDataStreamEnvironment()).isEqualTo("installed");
            assertThat(StreamExecutionEnvironment.getExecutionEnvironment().getParallelism())
                    .isEqualTo(StreamExecutionEnvironment.getDefaultLocalParallelism());
            try (EnvironmentScope scope = EnvironmentScope.open(named("own"), new Recorder(), host, Object.class)) {
                assertThat(nameOfEnvironment()).isEqualTo("own");
            }
            assertThat(nameOfEnvironment()).isEqualTo("installed");
        } finally {
            Weir.uninstall();
        }
        assertThat(nameOfEnvironment()).isEqualTo("none");
        assertThat(StreamExecutionEnvironment.areExplicitEnvironmentsAllowed()).isTrue();
    }

    private static Configuration named(String name) {
        return new Configuration().set(PipelineOptions.NAME, name);
    }

    private static String nameOfEnvironment() {
        return StreamExecutionEnvironment.getExecutionEnvironment()
                .getConfiguration()
                .getOptional(PipelineOptions.NAME)
                .orElse("none");
    }

    private static String nameOfDataStreamEnvironment() throws ReflectiveOperationException {
        return ((ExecutionEnvironmentImpl) ExecutionEnvironment.getInstance())
                .getConfiguration()
                .getOptional(PipelineOptions.NAME)
                .orElse("none");
    }

    private static String onNewThread(Callable<String> call) throws Exception {
        CompletableFuture<String> result = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        result.complete(call.call());
                    } catch (Exception e) {
                        result.completeExceptionally(e);
                    }
                })
                .start();
        return result.get();
    }

    /** Takes jobs down and refuses them. */
    private static final class Recorder implements PipelineExecutor {
        private final List<String> jobs = Collections.synchronizedList(new ArrayList<>());
        private final List<ClassLoader> loaders = Collections.synchronizedList(new ArrayList<>());

        @Override
        public CompletableFuture<JobClient> execute(
                Pipeline pipeline, Configuration configuration, ClassLoader loader) {
            jobs.add(((StreamGraph) pipeline).getJobName());
            loaders.add(loader);
            return FutureUtils.completedExceptionally(new IllegalStateException("recorded"));
        }
    }
}

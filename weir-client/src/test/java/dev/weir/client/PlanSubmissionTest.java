package dev.weir.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PlanSubmissionTest {
    private static final String SOURCE =
            """
            public class Elsewhere implements org.apache.flink.api.common.functions.MapFunction<Long, Long> {
                @Override
                public Long map(Long value) throws ClassNotFoundException {
                    ClassLoader context = Thread.currentThread().getContextClassLoader();
                    if (context.loadClass("Elsewhere") != Elsewhere.class) {
                        throw new IllegalStateException("context class loader is not the user's");
                    }
                    return value + 1;
                }
            }
            """;

    /** Classes that only the plan's class path has, neither this JVM's nor the submitting thread's. */
    private static URL compile(Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("Elsewhere.java"), SOURCE);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                file.toString());
        assertThat(status).isZero();
        return directory.toUri().toURL();
    }

    @SuppressWarnings("unchecked")
    private static StreamGraph graphWith(URL classes) throws Exception {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes}, PlanSubmissionTest.class.getClassLoader())) {
            MapFunction<Long, Long> function = (MapFunction<Long, Long>)
                    loader.loadClass("Elsewhere").getConstructor().newInstance();
            StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
            env.fromSequence(1, 10).map(function).returns(Types.LONG).sinkTo(new DiscardingSink<>());
            StreamGraph graph = env.getStreamGraph();
            graph.setClasspath(List.of(classes));
            return graph;
        }
    }

    @Test
    void classPathOfThePlanIsUsedWhereNoLoaderIsGiven(@TempDir Path directory) throws Exception {
        StreamGraph graph = graphWith(compile(directory));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = new PlanSubmission(session)
                    .submit(graph, null)
                    .get()
                    .result()
                    .get();
            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
    }
}

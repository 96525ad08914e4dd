package dev.weir.bench.job;

import dev.weir.bench.input.Stream;
import dev.weir.bench.measure.Answer;
import dev.weir.bench.measure.Latencies;
import dev.weir.bench.measure.Marks;
import dev.weir.bench.measure.Usage;
import dev.weir.bench.program.Check;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Run;
import dev.weir.bench.result.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import one.profiler.AsyncProfiler;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Runs one job once, in a JVM of its own: reads a task, writes a run. */
public final class Child {
    private static final int PARALLELISM = 2;
    private static final int LIMIT_THREADS = 2;
    private static final int LIMIT_PASSES = 8;
    private static final int LIMIT_WARMUPS = 2;

    private final Task task;
    private final Job job;
    private final Stream input;

    private Child(Task task) {
        this.task = task;
        job = Jobs.named(task.job());
        input = job.scaled(task.scale());
    }

    /** With the files of the tasks and of the runs. More than one task says less about speed: nothing is fresh then. */
    public static void main(String[] args) throws Exception {
        List<Run> runs = new ArrayList<>();
        for (Task task : Json.read(Path.of(args[0]), Task[].class)) {
            Child child = new Child(task);
            child.startProfiler();
            runs.add(child.run());
            child.stopProfiler();
        }
        Json.write(Path.of(args[1]), runs);
        // what an engine leaves behind must not keep the process
        System.exit(0);
    }

    private Run run() throws Exception {
        Latencies.ofRun().expect();
        return task.contender().isEngine() ? onEngine() : onLimit();
    }

    private Run onEngine() throws Exception {
        Marks.ofRun().expect(input.shares(), input.records());
        JobExecutionResult result = execute();
        return run(
                Marks.ofRun().steady(input.records()),
                result.getNetRuntime(TimeUnit.MILLISECONDS) / 1e3,
                Check.answer(result));
    }

    /** A pass takes a fraction of a second, compiled after the first ones: those that follow are added up. */
    private Run onLimit() throws InterruptedException, IOException {
        boolean once = job.kind() == Job.Kind.PACED;
        int warmUps = once ? 0 : LIMIT_WARMUPS;
        Marks.Steady steady = new Marks.Steady(0, 0, 0, 0);
        Answer answer = new Answer(0, 0);
        long began = System.nanoTime();
        for (int pass = 0; pass < (once ? 1 : LIMIT_PASSES); pass++) {
            Marks.ofRun().expect(LIMIT_THREADS, input.records());
            began = System.nanoTime();
            answer = job.limit().get().run(input);
            if (pass >= warmUps) {
                steady = steady.plus(Marks.ofRun().steady(input.records()));
            }
        }
        return run(steady, (System.nanoTime() - began) / 1e9, answer);
    }

    private Run run(Marks.Steady steady, double netSeconds, Answer answer) throws IOException {
        return new Run(
                task.job(),
                task.contender(),
                task.reuse(),
                task.round(),
                input.records(),
                steady.records(),
                steady.seconds(),
                steady.cpuSeconds(),
                steady.gcSeconds(),
                netSeconds,
                Usage.now().cpuNanos() / 1e9,
                Usage.peakResidentBytes(),
                answer.records(),
                Long.toHexString(answer.checksum()),
                job.kind() == Job.Kind.PACED ? Latencies.ofRun().quantilesMillis() : null);
    }

    private JobExecutionResult execute() throws Exception {
        Configuration configuration = new Configuration();
        if (task.nativeOperators() != null) {
            configuration.setString("weir.native", task.nativeOperators().toString());
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(PARALLELISM);
        if (task.reuse()) {
            env.getConfig().enableObjectReuse();
        }
        job.program().get().define(env, input);
        return env.execute(job.name());
    }

    private void startProfiler() throws IOException {
        if (task.asprof() != null) {
            // itimer needs no rights to the performance counters
            AsyncProfiler.getInstance().execute("start,event=itimer,interval=1ms");
        }
    }

    private void stopProfiler() throws IOException {
        if (task.asprof() != null) {
            AsyncProfiler.getInstance().execute("stop,file=" + task.asprof());
        }
    }
}

package dev.weir.flink.diagnosis;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.diagnosis.Culprit;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.diagnosis.FrameTable;
import dev.weir.engine.diagnosis.GarbageCollection;
import dev.weir.engine.diagnosis.Looks;
import dev.weir.engine.diagnosis.Profile;
import dev.weir.engine.diagnosis.SlowPart;
import dev.weir.engine.diagnosis.StackSample;
import dev.weir.engine.diagnosis.StackSampler;
import dev.weir.flink.metric.SubtaskLoad;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.metric.VertexLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.jspecify.annotations.Nullable;

/**
 * Says what holds a job up: looks at the stacks, and at the keys, of those vertices for some seconds that hold others
 * back, and at nothing where there are none.
 */
public final class JobDiagnosis {
    private static final int LOOKS = 200;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final int DEPTH_MAX = 200;
    private static final Duration AT_MOST = Duration.ofSeconds(5);

    private final StackSampler stacks;

    /** @param stacks looks at them; its thread does the rest */
    public JobDiagnosis(StackSampler stacks) {
        this.stacks = stacks;
    }

    /**
     * What is known of a job before its stacks are looked at.
     *
     * @param loads of the vertices that run, in topological order
     */
    public record Subject(
            JobGraph graph,
            List<VertexLoad> loads,
            List<SubtaskThread> threads,
            Optional<CheckpointStatistics> checkpoints) {}

    /** Any thread; does not block. */
    public CompletableFuture<Diagnosis> of(Subject job) {
        @Nullable SlowPart slow = job.checkpoints().flatMap(SlowPart::of).orElse(null);
        Map<VertexLoad, List<VertexLoad>> found = JobVertices.bottlenecks(job.graph(), job.loads());
        if (found.isEmpty()) {
            return CompletableFuture.completedFuture(Diagnosis.withoutCulprit(slow));
        }
        List<SubtaskThread> looked = job.threads().stream()
                .filter(thread ->
                        found.keySet().stream().anyMatch(vertex -> vertex.id().equals(thread.vertex())))
                .toList();
        GarbageCollection before = GarbageCollection.now();
        CompletableFuture<Looks> looks =
                stacks.sample(looked.stream().map(SubtaskThread::threadId).toList(), LOOKS, PAUSE, DEPTH_MAX, AT_MOST);
        JobKeys keys = JobKeys.count(looked, looks);
        return looks.thenCompose(seen -> {
            GarbageCollection after = GarbageCollection.now();
            double gc = after.shareSince(before);
            return keys.done().thenApply(done -> {
                List<Culprit> culprits = new ArrayList<>();
                found.forEach((vertex, held) -> culprits.add(culprit(vertex, held, looked, seen, gc, keys)));
                return new Diagnosis(
                        culprits,
                        slow,
                        seen.count(),
                        seen.nanos() / 1e6,
                        TimeUnit.NANOSECONDS.toMillis(after.atNanos() - before.atNanos()),
                        gc);
            });
        });
    }

    private Culprit culprit(
            VertexLoad vertex,
            List<VertexLoad> held,
            List<SubtaskThread> threads,
            Looks seen,
            double gc,
            JobKeys keys) {
        List<StackSample> samples = threads.stream()
                .filter(thread -> thread.vertex().equals(vertex.id()))
                .flatMap(thread -> seen.of(thread.threadId()).stream())
                .map(StackSample::of)
                .toList();
        return Culprit.of(
                vertex.id().toString(),
                vertex.name(),
                held.stream().map(VertexLoad::name).toList(),
                JobVertices.times(vertex).busyIfKnown(),
                Profile.of(samples, Frames.TABLE, gc),
                vertex.subtasks().stream().mapToLong(SubtaskLoad::recordsIn).toArray(),
                keys.of(vertex.id()));
    }

    /** Read when it is needed first, which in most processes is never. */
    private static final class Frames {
        static final FrameTable TABLE = FlinkFrames.table();
    }
}

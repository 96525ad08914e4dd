package dev.weir.cli.control;

import dev.weir.cli.control.Views.Info;
import dev.weir.cli.control.Views.InfoOfVertex;
import dev.weir.cli.control.Views.Job;
import dev.weir.cli.control.Views.Logs;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.jspecify.annotations.Nullable;

/** What there is to tell of one job and of its process. Pure, but for {@link #logs}, which looks at links. */
final class InfoViews {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    private InfoViews() {}

    static Info of(Job view, WeirJob job, @Nullable String url) {
        CheckpointStatistics known = job.checkpoints().orElse(null);
        CheckpointStatistics.Restored restored = known == null ? null : known.restored();
        List<InfoOfVertex> vertices = vertices(job);
        return new Info(
                view,
                job.timestamp(JobStatus.INITIALIZING),
                job.status().isTerminalState() ? job.timestamp(job.status()) : -1,
                vertices.stream().mapToInt(InfoOfVertex::parallelism).max().orElse(0),
                vertices,
                job.restarts(),
                restored == null ? null : restored.location(),
                known == null ? 0 : known.counts().completed(),
                known == null ? 0 : known.counts().failed(),
                url,
                failure(job));
    }

    private static List<InfoOfVertex> vertices(WeirJob job) {
        List<JobVertex> vertices = job.jobGraph().getVerticesSortedTopologicallyFromSources();
        List<Map<String, Integer>> states = new ArrayList<>();
        vertices.forEach(vertex -> states.add(new LinkedHashMap<>()));
        for (WeirJob.SubtaskView subtask : job.subtasks()) {
            states.get(subtask.vertex()).merge(subtask.state().name(), 1, Integer::sum);
        }
        List<InfoOfVertex> views = new ArrayList<>();
        for (int i = 0; i < vertices.size(); i++) {
            int subtasks =
                    states.get(i).values().stream().mapToInt(Integer::intValue).sum();
            views.add(new InfoOfVertex(vertices.get(i).getName(), subtasks, states.get(i)));
        }
        return views;
    }

    private static @Nullable String failure(WeirJob job) {
        List<WeirJob.Failure> failures = job.failures();
        return failures.isEmpty()
                ? null
                : failures.get(failures.size() - 1).cause().getMessage();
    }

    static Logs logs() {
        String file = System.getProperty("log.file");
        return new Logs(file == null ? null : Path.of(file).toAbsolutePath().toString(), standardError());
    }

    /** Null where the system does not tell. */
    private static @Nullable String standardError() {
        try {
            return Files.readSymbolicLink(STANDARD_ERROR).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return null;
        }
    }
}

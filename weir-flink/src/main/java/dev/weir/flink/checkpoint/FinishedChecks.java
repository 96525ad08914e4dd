package dev.weir.flink.checkpoint;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/** A vertex that had finished gets no records any more, so none before it may run again. Flink's rules and messages. */
final class FinishedChecks {
    private final Map<JobVertexID, Progress> progress = new HashMap<>();

    private enum Progress {
        ALL_RUNNING("all running"),
        PARTIALLY_FINISHED("partially finished"),
        FULLY_FINISHED("fully finished");

        private final String words;

        Progress(String words) {
            this.words = words;
        }
    }

    private FinishedChecks() {}

    static void check(Collection<RestoredTask> tasks) {
        FinishedChecks checks = new FinishedChecks();
        tasks.forEach(task -> checks.progress.put(task.vertex().getID(), of(task)));
        tasks.forEach(task -> checks.check(task.vertex()));
    }

    private static Progress of(RestoredTask task) {
        Set<Progress> operators = task.vertex().getOperatorIDs().stream()
                .map(OperatorIDPair::getGeneratedOperatorID)
                .map(id -> of(task.states().get(id)))
                .collect(Collectors.toSet());
        if (operators.size() != 1) {
            throw new FlinkRuntimeException("Can not restore vertex " + name(task.vertex())
                    + " which contain mixed operator finished state: "
                    + operators.stream().sorted().toList());
        }
        return operators.iterator().next();
    }

    private static Progress of(@Nullable OperatorState state) {
        if (state == null) {
            return Progress.ALL_RUNNING;
        }
        if (state.isFullyFinished()) {
            return Progress.FULLY_FINISHED;
        }
        return state.getStates().stream().anyMatch(OperatorSubtaskState::isFinished)
                ? Progress.PARTIALLY_FINISHED
                : Progress.ALL_RUNNING;
    }

    private void check(JobVertex vertex) {
        Progress own = progress.getOrDefault(vertex.getID(), Progress.ALL_RUNNING);
        for (JobEdge edge : vertex.getInputs()) {
            Progress before =
                    progress.getOrDefault(edge.getSource().getProducer().getID(), Progress.ALL_RUNNING);
            if (own == Progress.FULLY_FINISHED && before != Progress.FULLY_FINISHED) {
                throw new FlinkRuntimeException(
                        "Illegal JobGraph modification. Cannot run a program with fully finished vertices predeceased with the ones not fully finished. Task vertex "
                                + name(vertex) + " has a predecessor not fully finished");
            }
            if (own != Progress.PARTIALLY_FINISHED) {
                continue;
            }
            if (edge.getDistributionPattern() == DistributionPattern.ALL_TO_ALL && before != Progress.FULLY_FINISHED) {
                throw refused(
                        "partially finished vertices predeceased with running or partially finished ones and connected"
                                + " via the ALL_TO_ALL edges.",
                        vertex,
                        before.words);
            }
            if (edge.getDistributionPattern() == DistributionPattern.POINTWISE && before == Progress.ALL_RUNNING) {
                throw refused("partially finished vertices predeceased with all running ones.", vertex, before.words);
            }
        }
    }

    private static FlinkRuntimeException refused(String what, JobVertex vertex, String predecessor) {
        return new FlinkRuntimeException("Illegal JobGraph modification. Cannot run a program with " + what
                + " Task vertex " + name(vertex) + " has a " + predecessor + " predecessor");
    }

    private static String name(JobVertex vertex) {
        return vertex.getName() + "(" + vertex.getID() + ")";
    }
}

package dev.weir.engine.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which subtasks run, and the plan of a checkpoint that follows from it. */
final class SubtaskTracker {

    private enum State {
        NOT_RUNNING,
        RUNNING,
        FINISHED
    }

    private final CheckpointTopology topology;
    private final boolean afterTasksFinish;
    private final Map<Subtask, State> states = new TreeMap<>();
    private int finishedCount;
    private int notRunningCount;

    SubtaskTracker(CheckpointTopology topology, boolean afterTasksFinish) {
        this.topology = topology;
        this.afterTasksFinish = afterTasksFinish;
        for (int vertex = 0; vertex < topology.vertices().size(); vertex++) {
            for (int index = 0; index < topology.vertices().get(vertex).parallelism(); index++) {
                states.put(new Subtask(vertex, index), State.NOT_RUNNING);
            }
        }
        notRunningCount = states.size();
    }

    void running(Subtask subtask) {
        change(subtask, State.RUNNING);
    }

    void finished(Subtask subtask) {
        change(subtask, State.FINISHED);
    }

    void stopped(Collection<Subtask> subtasks) {
        subtasks.forEach(subtask -> change(subtask, State.NOT_RUNNING));
    }

    void allStopped() {
        stopped(List.copyOf(states.keySet()));
    }

    private void change(Subtask subtask, State next) {
        State before = states.put(subtask, next);
        if (before == null) {
            throw new IllegalArgumentException(subtask + " is not in " + topology);
        }
        finishedCount += (next == State.FINISHED ? 1 : 0) - (before == State.FINISHED ? 1 : 0);
        notRunningCount += (next == State.NOT_RUNNING ? 1 : 0) - (before == State.NOT_RUNNING ? 1 : 0);
    }

    boolean allRunOrFinished() {
        return notRunningCount == 0;
    }

    /** Those of the given that run now. */
    List<Subtask> running(Collection<Subtask> among) {
        return among.stream()
                .filter(subtask -> states.get(subtask) == State.RUNNING)
                .toList();
    }

    /** The plan of a checkpoint that begins now. Fails unless all subtasks run or have, where allowed, finished. */
    CheckpointPlan plan() throws CheckpointException {
        if (finishedCount > 0 && !afterTasksFinish) {
            throw new CheckpointException(
                    "Some tasks of the job have already finished and checkpointing with finished tasks is not enabled.",
                    CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING,
                    null);
        }
        List<Subtask> trigger = new ArrayList<>();
        SortedSet<Subtask> await = new TreeSet<>();
        SortedSet<Subtask> finished = new TreeSet<>();
        for (Map.Entry<Subtask, State> entry : states.entrySet()) {
            Subtask subtask = entry.getKey();
            switch (entry.getValue()) {
                case NOT_RUNNING -> throw notRunning(subtask);
                case FINISHED -> finished.add(subtask);
                case RUNNING -> {
                    await.add(subtask);
                    if (topology.upstream(subtask).noneMatch(producer -> states.get(producer) != State.FINISHED)) {
                        trigger.add(subtask);
                    }
                }
            }
        }
        if (await.isEmpty()) {
            throw new CheckpointException(
                    "Checkpoint needs at least one vertex that commits the checkpoint.",
                    CheckpointFailureReason.TRIGGER_CHECKPOINT_FAILURE,
                    null);
        }
        return new CheckpointPlan(trigger, await, finished);
    }

    private CheckpointException notRunning(Subtask subtask) {
        return new CheckpointException(
                "Checkpoint triggering task " + topology.describe(subtask)
                        + " is not being executed at the moment. Aborting checkpoint.",
                CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING,
                null);
    }
}

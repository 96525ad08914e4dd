package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointCommand.Answer;
import dev.weir.engine.checkpoint.CheckpointCommand.SnapshotCoordinators;
import dev.weir.engine.checkpoint.CheckpointCommand.TriggerSubtasks;
import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.Committed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.Requested;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskRunning;
import dev.weir.engine.checkpoint.CheckpointEvent.Tick;
import java.util.ArrayList;
import java.util.List;

/** A coordinator with its clock, told what happens by a test. A snapshot is a string. */
final class Rig {

    final CheckpointTopology topology;
    final CheckpointTracker tracker;
    final CheckpointCoordinator<String> coordinator;
    long nowMillis = 1_000;
    private long lastRequest;

    Rig(Policies policies) {
        this(policies, Topologies.chain(2, 2));
    }

    Rig(Policies policies, CheckpointTopology topology) {
        this.topology = topology;
        this.tracker = new CheckpointTracker(topology, 10);
        this.coordinator = new CheckpointCoordinator<>(policies.policy(), topology, 1, 50, tracker);
    }

    /** All run, and the first periodic checkpoint is due in 50 ms. */
    Rig started() {
        Topologies.subtasks(topology).forEach(subtask -> tell(new SubtaskRunning<>(subtask)));
        tell(new CheckpointEvent.Started<>());
        return this;
    }

    List<CheckpointCommand<String>> tell(CheckpointEvent<String> event) {
        return coordinator.handle(event, nowMillis);
    }

    /** Lets time pass, with a tick at its end. */
    List<CheckpointCommand<String>> pass(long millis) {
        nowMillis += millis;
        return tell(new Tick<>());
    }

    List<CheckpointCommand<String>> request(CheckpointKind kind, PostCheckpointAction action) {
        return tell(new Requested<>(++lastRequest, kind, action, null));
    }

    List<CheckpointCommand<String>> acknowledge(long id, Subtask subtask) {
        return tell(new Acknowledged<>(id, subtask, id + "/" + subtask, SubtaskMetrics.NONE));
    }

    /** Coordinators and all subtasks: the commit is in progress. */
    List<CheckpointCommand<String>> snapshot(long id) {
        List<CheckpointCommand<String>> all = new ArrayList<>(tell(new CoordinatorsSnapshotted<>(id, "c" + id)));
        Topologies.subtasks(topology).forEach(subtask -> all.addAll(acknowledge(id, subtask)));
        return all;
    }

    List<CheckpointCommand<String>> commit(long id) {
        return tell(new Committed<>(id, "chk-" + id, 7));
    }

    List<CheckpointCommand<String>> complete(long id) {
        List<CheckpointCommand<String>> all = new ArrayList<>(snapshot(id));
        all.addAll(commit(id));
        return all;
    }

    static <C> List<C> only(Class<C> type, List<CheckpointCommand<String>> commands) {
        return commands.stream().filter(type::isInstance).map(type::cast).toList();
    }

    static List<Long> begun(List<CheckpointCommand<String>> commands) {
        return commands.stream()
                .filter(SnapshotCoordinators.class::isInstance)
                .map(command -> ((SnapshotCoordinators<String>) command).id())
                .toList();
    }

    static List<Subtask> triggered(List<CheckpointCommand<String>> commands) {
        return commands.stream()
                .filter(TriggerSubtasks.class::isInstance)
                .flatMap(command -> ((TriggerSubtasks<String>) command).subtasks().stream())
                .toList();
    }

    static Answer<String> answer(List<CheckpointCommand<String>> commands) {
        List<Answer<String>> answers = commands.stream()
                .filter(Answer.class::isInstance)
                .map(command -> (Answer<String>) command)
                .toList();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    static CheckpointFailureReason failure(List<CheckpointCommand<String>> commands) {
        CheckpointException failure = answer(commands).failure();
        assertThat(failure).isNotNull();
        return failure.reason();
    }
}

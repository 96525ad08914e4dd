package dev.weir.testing.life;

import dev.weir.engine.checkpoint.EventGate;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.task.SubtaskId;
import dev.weir.testing.simulation.VirtualTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The coordinators of a job's sources, and the ways to them and from them; what weir-flink has for Flink's. */
final class Coordination {
    private record Attempt(int number, EventGate gate, boolean[] running) {}

    private final VirtualTime time;
    private final Random random;
    private final RandomJob job;
    private final Lane thread;
    private final Map<Integer, SplitCoordinator> coordinators = new TreeMap<>();
    private final Map<Subtask, Attempt> attempts = new TreeMap<>();

    Coordination(VirtualTime time, Random random, RandomJob job) {
        this.time = time;
        this.random = random;
        this.job = job;
        this.thread = new Lane(time, random, 20_000);
        recreate(Map.of());
    }

    /** A source that is not among the states begins anew. */
    private void recreate(Map<Integer, List<Split>> states) {
        job.splits().forEach((vertex, all) -> {
            SplitCoordinator before =
                    coordinators.put(vertex, new SplitCoordinator(time, random, states.getOrDefault(vertex, all)));
            if (before != null) {
                before.close();
            }
        });
    }

    private static Subtask named(SubtaskId subtask) {
        return new Subtask(subtask.vertex(), subtask.index());
    }

    private SplitCoordinator of(int vertex) {
        SplitCoordinator coordinator = coordinators.get(vertex);
        if (coordinator == null) {
            throw new AssertionError("vertex " + vertex + " is no source");
        }
        return coordinator;
    }

    // ---- what subtasks say

    void ready(SubtaskId subtask, Consumer<SplitEvent> delivery) {
        thread.execute(() -> {
            Attempt attempt = new Attempt(subtask.attempt(), new EventGate(), new boolean[] {true});
            attempts.put(named(subtask), attempt);
            of(subtask.vertex())
                    .ready(
                            subtask.index(),
                            event -> thread.execute(() -> attempt.gate().send(() -> {
                                if (attempt.running()[0]) {
                                    delivery.accept(event);
                                }
                            })));
        });
    }

    void ask(SubtaskId subtask) {
        thread.execute(() -> {
            Attempt attempt = attempts.get(named(subtask));
            if (attempt != null && attempt.number() == subtask.attempt()) {
                of(subtask.vertex()).ask(subtask.index());
            }
        });
    }

    void passed(SubtaskId subtask, long checkpointId) {
        thread.execute(() -> {
            Attempt attempt = attempts.get(named(subtask));
            if (attempt != null && attempt.number() == subtask.attempt()) {
                attempt.gate().open(checkpointId);
            }
        });
    }

    void ended(SubtaskId subtask, boolean failed) {
        thread.execute(() -> {
            Attempt attempt = attempts.get(named(subtask));
            if (attempt == null || attempt.number() != subtask.attempt()) {
                return;
            }
            stop(named(subtask));
            if (failed) {
                of(subtask.vertex()).failed(subtask.index());
            }
        });
    }

    private void stop(Subtask subtask) {
        Attempt attempt = attempts.remove(subtask);
        if (attempt != null) {
            attempt.running()[0] = false;
            attempt.gate().openAll();
        }
    }

    // ---- checkpoints

    void checkpoint(long id, Consumer<Map<Integer, List<Split>>> done) {
        Map<Integer, List<Split>> states = new TreeMap<>();
        coordinators
                .keySet()
                .forEach(vertex -> thread.execute(() -> {
                    gates(vertex, gate -> gate.announce(id));
                    of(vertex)
                            .checkpoint(
                                    id,
                                    state -> thread.execute(() -> {
                                        gates(vertex, gate -> gate.close(id));
                                        states.put(vertex, state);
                                        if (states.size() == coordinators.size()) {
                                            done.accept(states);
                                        }
                                    }));
                }));
    }

    private void gates(int vertex, Consumer<EventGate> action) {
        attempts.forEach((subtask, attempt) -> {
            if (subtask.vertex() == vertex) {
                action.accept(attempt.gate());
            }
        });
    }

    void completed(long id) {
        thread.execute(() -> {
            attempts.values().forEach(attempt -> attempt.gate().open(id));
            coordinators.values().forEach(coordinator -> coordinator.completed(id));
        });
    }

    void aborted(long id) {
        thread.execute(() -> attempts.values().forEach(attempt -> attempt.gate().open(id)));
    }

    // ---- while no subtask runs

    /** All go back to a checkpoint. */
    void reset(Map<Integer, List<Split>> states) {
        thread.executeAndWait(() -> {
            List.copyOf(attempts.keySet()).forEach(this::stop);
            recreate(states);
        });
    }

    /** Subtasks go back to a checkpoint, the coordinators do not. */
    void resetSubtasks(long checkpointId, Collection<Subtask> subtasks) {
        thread.executeAndWait(() -> subtasks.forEach(subtask -> {
            stop(subtask);
            if (coordinators.containsKey(subtask.vertex())) {
                of(subtask.vertex()).reset(subtask.index(), checkpointId);
            }
        }));
    }
}

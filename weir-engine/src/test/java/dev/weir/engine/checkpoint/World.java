package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointCommand.Answer;
import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import dev.weir.engine.checkpoint.CheckpointCommand.DiscardSnapshot;
import dev.weir.engine.checkpoint.CheckpointCommand.DropCheckpoint;
import dev.weir.engine.checkpoint.CheckpointCommand.DropPending;
import dev.weir.engine.checkpoint.CheckpointCommand.FailJob;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyAborted;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyComplete;
import dev.weir.engine.checkpoint.CheckpointCommand.SnapshotCoordinators;
import dev.weir.engine.checkpoint.CheckpointCommand.TriggerSubtasks;
import dev.weir.engine.checkpoint.CheckpointCommand.WakeAt;
import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.Cleaned;
import dev.weir.engine.checkpoint.CheckpointEvent.CommitFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.Committed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.Declined;
import dev.weir.engine.checkpoint.CheckpointEvent.End;
import dev.weir.engine.checkpoint.CheckpointEvent.JobEnded;
import dev.weir.engine.checkpoint.CheckpointEvent.Requested;
import dev.weir.engine.checkpoint.CheckpointEvent.Restored;
import dev.weir.engine.checkpoint.CheckpointEvent.Started;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskFinished;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskRunning;
import dev.weir.engine.checkpoint.CheckpointEvent.Suspended;
import dev.weir.engine.checkpoint.CheckpointEvent.Tick;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A job, its subtasks and its storage around a coordinator, on one thread and a clock of its own. Whatever can be late, fail,
 * get lost or come twice does so as a seed decides. {@link Laws} watches.
 */
final class World {

    private static final long LIFE_MILLIS = 3_000;

    private record Scheduled(long dueMillis, long sequence, @Nullable Subtask from, Runnable action)
            implements Comparable<Scheduled> {
        @Override
        public int compareTo(Scheduled other) {
            int byTime = Long.compare(dueMillis, other.dueMillis);
            return byTime == 0 ? Long.compare(sequence, other.sequence) : byTime;
        }
    }

    private final Random random;
    private final CheckpointPolicy policy;
    private final CheckpointTopology topology;
    private final PriorityQueue<Scheduled> agenda = new PriorityQueue<>();
    private final Set<Subtask> running = new TreeSet<>();
    private final Set<Subtask> finished = new TreeSet<>();
    private final Map<Long, Commit<String>> committing = new TreeMap<>();
    private final Storage storage = new Storage();
    private final Laws laws;
    private CheckpointTracker tracker;
    private CheckpointCoordinator<String> coordinator;
    private long nowMillis = 1_000;
    private long sequence;
    private long wake;
    private long epoch;
    private long lastId;
    private long lastRequest;
    private @Nullable End end;

    World(long seed, Map<String, Integer> seen) {
        random = new Random(seed);
        policy = policy();
        topology = topology();
        laws = new Laws(policy, topology, storage, seen);
        lastId = random.nextInt(3);
        tracker = new CheckpointTracker(topology, 4);
        coordinator = coordinator();
        List<RetainedCheckpoint> found = new ArrayList<>();
        if (random.nextInt(4) == 0) {
            lastId += 5;
            found.add(new RetainedCheckpoint(lastId, "unclaimed", false));
        }
        laws.restored(found);
        tell(new Restored<>(found));
        deploy(Topologies.subtasks(topology));
    }

    private CheckpointCoordinator<String> coordinator() {
        return new CheckpointCoordinator<>(policy, topology, lastId + 1, policy.initialDelayMillis(random), tracker);
    }

    private CheckpointPolicy policy() {
        boolean unaligned = random.nextInt(3) == 0;
        return new CheckpointPolicy(
                random.nextInt(5) == 0 ? Long.MAX_VALUE : 10 + random.nextInt(150),
                random.nextInt(3) == 0 ? Long.MAX_VALUE : 10 + random.nextInt(300),
                random.nextBoolean() ? 0 : random.nextInt(100),
                40 + random.nextInt(400),
                unaligned ? 1 : 1 + random.nextInt(3),
                random.nextInt(4) - 1,
                1 + random.nextInt(3),
                CheckpointPolicy.Mode.EXACTLY_ONCE,
                pick(CheckpointPolicy.Retention.values()),
                unaligned,
                random.nextInt(2) * 20L,
                random.nextInt(3) > 0);
    }

    private CheckpointTopology topology() {
        int[] parallelisms = new int[1 + random.nextInt(3)];
        for (int vertex = 0; vertex < parallelisms.length; vertex++) {
            parallelisms[vertex] = 1 + random.nextInt(3);
        }
        List<CheckpointTopology.Edge> edges = new ArrayList<>();
        for (int target = 1; target < parallelisms.length; target++) {
            int source = random.nextInt(target);
            boolean pointwise = parallelisms[source] == parallelisms[target] && random.nextBoolean();
            edges.add(
                    pointwise
                            ? Topologies.oneToOne(source, target, parallelisms[target])
                            : Topologies.allToAll(source, parallelisms[source], target, parallelisms[target]));
        }
        return new CheckpointTopology(Topologies.vertices(parallelisms), edges);
    }

    /** Runs the job to its end, and then until nothing is under way any more. */
    void run() {
        later(random.nextInt(40), null, this::disturb);
        Scheduled next = agenda.poll();
        while (next != null) {
            nowMillis = Math.max(nowMillis, next.dueMillis());
            if (end == null && nowMillis > LIFE_MILLIS) {
                finish(pick(End.values()));
            }
            next.action().run();
            next = agenda.poll();
        }
        laws.checkTheEnd(coordinator.retained(), end);
    }

    private void later(long delayMillis, @Nullable Subtask from, Runnable action) {
        agenda.add(new Scheduled(nowMillis + delayMillis, sequence++, from, action));
    }

    private <T> T pick(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }

    private void tell(CheckpointEvent<String> event) {
        laws.before(event, nowMillis, running, finished);
        List<CheckpointCommand<String>> commands = coordinator.handle(event, nowMillis);
        laws.after(event, commands);
        commands.forEach(this::carryOut);
        laws.checkState(coordinator.retained(), tracker.statistics());
    }

    // ---- what happens by itself

    private void disturb() {
        if (end != null) {
            return;
        }
        switch (random.nextInt(16)) {
            case 0 -> suspend();
            case 1 -> finishSubtask();
            case 2 -> {
                if (oneIn(2)) {
                    crash();
                }
            }
            case 3, 4, 5, 6, 7 -> request();
            default -> tell(new Tick<>());
        }
        later(random.nextInt(120), null, this::disturb);
    }

    private void request() {
        CheckpointKind kind = pick(CheckpointKind.values());
        boolean stops = kind.isSavepoint() && oneIn(6);
        PostCheckpointAction action = stops ? PostCheckpointAction.SUSPEND : PostCheckpointAction.NONE;
        long id = ++lastRequest;
        tell(new Requested<>(id, kind, action, "request-" + id));
    }

    private void suspend() {
        Set<Subtask> stopped = new HashSet<>(Topologies.subtasks(topology));
        if (oneIn(3)) {
            stopped.removeIf(subtask -> running.contains(subtask) && random.nextBoolean());
        }
        running.removeAll(stopped);
        finished.removeAll(stopped);
        if (random.nextBoolean()) {
            agenda.removeIf(scheduled -> scheduled.from() != null && stopped.contains(scheduled.from()));
        }
        long mine = ++epoch;
        tell(new Suspended<>(oneIn(2) ? null : new IOException("a subtask failed"), stopped));
        later(random.nextInt(60), null, () -> restore(mine, stopped));
    }

    private void restore(long mine, Set<Subtask> stopped) {
        if (epoch != mine || end != null) {
            return;
        }
        if (coordinator.isCommitting() && random.nextBoolean()) {
            later(5, null, () -> restore(mine, stopped));
            return;
        }
        Set<Subtask> down = new TreeSet<>(Topologies.subtasks(topology));
        down.removeAll(running);
        down.removeAll(finished);
        laws.restored(coordinator.retained());
        tell(new Restored<>(coordinator.retained()));
        deploy(down);
    }

    private void deploy(Iterable<Subtask> subtasks) {
        long mine = epoch;
        for (Subtask subtask : subtasks) {
            later(random.nextInt(20), null, () -> {
                if (epoch == mine && end == null) {
                    running.add(subtask);
                    tell(new SubtaskRunning<>(subtask));
                }
            });
        }
        later(random.nextInt(40), null, () -> {
            if (epoch == mine && end == null) {
                tell(new Started<>());
            }
        });
    }

    private void finishSubtask() {
        for (Subtask subtask : List.copyOf(running)) {
            if (finished.containsAll(topology.upstream(subtask).toList()) && oneIn(3)) {
                running.remove(subtask);
                finished.add(subtask);
                agenda.removeIf(scheduled -> subtask.equals(scheduled.from()));
                tell(new SubtaskFinished<>(subtask));
            }
        }
    }

    /** The process dies and another one takes over: only storage is left, and the highest id. */
    private void crash() {
        laws.crashed();
        agenda.clear();
        running.clear();
        finished.clear();
        epoch++;
        committing.values().stream()
                .filter(commit -> oneIn(2))
                .forEach(
                        commit -> storage.commit(commit.id(), commit.snapshots().values(), isSavepoint(commit)));
        committing.clear();
        List<RetainedCheckpoint> found = storage.recover(policy.numRetained());
        tracker = new CheckpointTracker(topology, 4);
        coordinator = coordinator();
        laws.restored(found);
        tell(new Restored<>(found));
        deploy(Topologies.subtasks(topology));
        later(random.nextInt(40), null, () -> {});
    }

    private void finish(End how) {
        end = how;
        epoch++;
        running.clear();
        tell(new JobEnded<>(how));
    }

    // ---- what is done for the coordinator

    private void carryOut(CheckpointCommand<String> command) {
        if (command instanceof SnapshotCoordinators<String> snapshot) {
            lastId = snapshot.id();
            snapshotCoordinators(snapshot.id());
        } else if (command instanceof TriggerSubtasks<String> trigger) {
            List.copyOf(running).forEach(subtask -> snapshot(trigger.id(), subtask));
        } else if (command instanceof Commit<String> commit) {
            committing.put(commit.id(), commit);
            later(random.nextInt(50), null, () -> commit(commit));
        } else if (command instanceof DiscardSnapshot<String> discard) {
            storage.delete(discard.snapshot());
        } else if (command instanceof DropPending<String> drop) {
            drop.snapshots().forEach(storage::delete);
            later(random.nextInt(60), null, () -> tell(new Cleaned<>(drop.id())));
        } else if (command instanceof DropCheckpoint<String> drop) {
            storage.drop(drop.id());
            later(random.nextInt(60), null, () -> tell(new Cleaned<>(drop.id())));
        } else if (command instanceof WakeAt<String> wakeAt) {
            wakeAt(wakeAt.millis());
        } else if (command instanceof FailJob) {
            later(random.nextInt(10), null, this::fail);
        } else if (command instanceof Answer<String> answer) {
            laws.answered(answer);
        } else {
            assertThat(command).isInstanceOfAny(NotifyComplete.class, NotifyAborted.class);
        }
    }

    private void fail() {
        if (end == null) {
            suspend();
        }
    }

    private void wakeAt(long millis) {
        long mine = ++wake;
        if (millis != Long.MAX_VALUE) {
            long late = oneIn(4) ? random.nextInt(200) : 0;
            later(Math.max(0, millis - nowMillis) + late, null, () -> {
                if (wake == mine && end == null) {
                    tell(new Tick<>());
                }
            });
        }
    }

    private void snapshotCoordinators(long id) {
        int outcome = random.nextInt(30);
        if (outcome == 0) {
            later(random.nextInt(30), null, () -> tell(new CoordinatorsFailed<>(id, new IOException("no place"))));
        } else if (outcome == 1) {
            later(random.nextInt(30), null, () -> tell(new CoordinatorsFailed<>(id, new IllegalStateException())));
        } else if (outcome > 2) {
            later(random.nextInt(20), null, () -> tell(new CoordinatorsSnapshotted<>(id, "c" + id)));
        }
    }

    private void snapshot(long id, Subtask subtask) {
        int outcome = random.nextInt(60);
        long delay = oneIn(20) ? random.nextInt(800) : random.nextInt(60);
        if (outcome == 0) {
            later(delay, subtask, () -> tell(new Declined<>(id, subtask, reason(), new IOException("disk full"))));
        } else if (outcome > 1) {
            later(delay, subtask, () -> acknowledge(id, subtask));
        }
    }

    private CheckpointFailureReason reason() {
        return oneIn(2)
                ? CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_NOT_READY
                : CheckpointFailureReason.CHECKPOINT_ASYNC_EXCEPTION;
    }

    private void acknowledge(long id, Subtask subtask) {
        String file = storage.create(id, subtask);
        SubtaskMetrics metrics = new SubtaskMetrics(0, 0, 0, 0, 0, 0, random.nextInt(100), 100, false);
        tell(new Acknowledged<>(id, subtask, file, metrics));
        if (oneIn(10) && storage.exists(file)) {
            later(random.nextInt(100), subtask, () -> again(id, subtask, file));
        }
    }

    /** The same acknowledgement once more, while what it names is still there. */
    private void again(long id, Subtask subtask, String file) {
        if (storage.exists(file)) {
            tell(new Acknowledged<>(id, subtask, file, SubtaskMetrics.NONE));
        }
    }

    private void commit(Commit<String> commit) {
        committing.remove(commit.id());
        if (oneIn(12)) {
            CheckpointFailureReason reason = CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE;
            tell(new CommitFailed<>(commit.id(), reason, new IOException("torn")));
        } else {
            storage.commit(commit.id(), commit.snapshots().values(), isSavepoint(commit));
            tell(new Committed<>(commit.id(), "chk-" + commit.id(), 1));
        }
        if (commit.options().isSynchronous() && laws.isCompleted(commit.id()) && end == null && oneIn(2)) {
            finish(End.FINISHED);
        }
    }

    private static boolean isSavepoint(Commit<String> commit) {
        return commit.options().kind().isSavepoint();
    }
}

package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointCommand;
import dev.weir.engine.checkpoint.CheckpointCommand.Answer;
import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import dev.weir.engine.checkpoint.CheckpointCommand.DropCheckpoint;
import dev.weir.engine.checkpoint.CheckpointCommand.DropPending;
import dev.weir.engine.checkpoint.CheckpointCommand.FailJob;
import dev.weir.engine.checkpoint.CheckpointCommand.SnapshotCoordinators;
import dev.weir.engine.checkpoint.CheckpointCommand.WakeAt;
import dev.weir.engine.checkpoint.CheckpointCoordinator;
import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.Backlog;
import dev.weir.engine.checkpoint.CheckpointEvent.Cleaned;
import dev.weir.engine.checkpoint.CheckpointEvent.Committed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.Declined;
import dev.weir.engine.checkpoint.CheckpointEvent.Requested;
import dev.weir.engine.checkpoint.CheckpointEvent.Restored;
import dev.weir.engine.checkpoint.CheckpointEvent.Started;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskFinished;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskRunning;
import dev.weir.engine.checkpoint.CheckpointEvent.Suspended;
import dev.weir.engine.checkpoint.CheckpointEvent.Tick;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointTopology;
import dev.weir.engine.checkpoint.CheckpointTracker;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.RetainedCheckpoint;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.FlinkCoordinator;
import org.apache.flink.runtime.jobgraph.tasks.CheckpointCoordinatorConfiguration;
import org.junit.jupiter.api.Test;

/**
 * The engine's coordinator and Flink's, told the same at the same times: the same checkpoints are in flight after each event,
 * requests end in the same way, and the job fails as often. {@code -Dweir.seed=N} runs one script, {@code -Dweir.seeds=N} so
 * many.
 */
final class CoordinatorDifferentialTest {

    /** Any: which of them count is Flink's to say. It calls a savepoint that is subsumed a bug. */
    private static final List<CheckpointFailureReason> DECLINES = Arrays.stream(CheckpointFailureReason.values())
            .filter(reason -> reason != CheckpointFailureReason.CHECKPOINT_SUBSUMED)
            .toList();

    @Test
    void reasonsAndTheirWordsAreFlinks() {
        assertThat(Arrays.stream(CheckpointFailureReason.values())
                        .map(reason -> reason + reason.message() + reason.isPreFlight()))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(org.apache.flink.runtime.checkpoint.CheckpointFailureReason.values())
                                .map(reason -> reason + reason.message() + reason.isPreFlight())
                                .toList());
    }

    @Test
    void bothDecideAlike() throws Exception {
        Long one = Long.getLong("weir.seed");
        long first = one == null ? 1 : one;
        long last = one == null ? Long.getLong("weir.seeds", 60) : one;
        int completed = 0;
        for (long seed = first; seed <= last; seed++) {
            try (Script script = new Script(seed)) {
                completed += script.run();
            } catch (AssertionError e) {
                throw new AssertionError("-Dweir.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(completed).as("completed checkpoints").isGreaterThan(one == null ? 100 : -1);
    }

    private static final class Script implements AutoCloseable {
        private final Random random;
        private final List<String> told = new ArrayList<>();
        private final int parallelism;
        private final boolean pointwise;
        private final CheckpointPolicy policy;
        private final FlinkCoordinator flink;
        private final CheckpointCoordinator<String> weir;
        private final Map<Long, String> outcomes = new TreeMap<>();
        private final Set<Long> pending = new TreeSet<>();
        private final Set<Subtask> finished = new TreeSet<>();
        private long nowMillis = 1_000_000;
        private long lastRequest;
        private long waitingCheckpoint;
        private long waitingSavepoint;
        private int jobFailures;
        private int completed;

        Script(long seed) throws Exception {
            random = new Random(seed);
            parallelism = 1 + random.nextInt(3);
            pointwise = random.nextBoolean();
            boolean unaligned = random.nextInt(3) == 0;
            long interval = random.nextInt(5) == 0 ? Long.MAX_VALUE : 10 + random.nextInt(100);
            policy = new CheckpointPolicy(
                    interval,
                    interval == Long.MAX_VALUE || random.nextInt(3) == 0
                            ? Long.MAX_VALUE
                            : interval + random.nextInt(100),
                    random.nextBoolean() ? 0 : random.nextInt(80),
                    50 + random.nextInt(200),
                    unaligned ? 1 : 1 + random.nextInt(3),
                    random.nextInt(4) - 1,
                    1 + random.nextInt(3),
                    CheckpointPolicy.Mode.EXACTLY_ONCE,
                    CheckpointPolicy.Retention.ON_FAILURE,
                    unaligned,
                    0,
                    random.nextInt(3) > 0);
            flink = new FlinkCoordinator(
                    configuration(),
                    parallelism,
                    pointwise,
                    policy.tolerableFailures(),
                    policy.numRetained(),
                    nowMillis);
            long initialDelay = policy.initialDelayMillis(random);
            flink.initialDelay(initialDelay);
            CheckpointTopology topology = topology();
            weir = new CheckpointCoordinator<>(policy, topology, 1, initialDelay, new CheckpointTracker(topology, 10));
        }

        private CheckpointCoordinatorConfiguration configuration() {
            return CheckpointCoordinatorConfiguration.builder()
                    .setCheckpointInterval(policy.intervalMillis())
                    .setCheckpointIntervalDuringBacklog(policy.backlogIntervalMillis())
                    .setMinPauseBetweenCheckpoints(policy.minPauseMillis())
                    .setCheckpointTimeout(policy.timeoutMillis())
                    .setMaxConcurrentCheckpoints(policy.maxConcurrent())
                    .setUnalignedCheckpointsEnabled(policy.unaligned())
                    .setCheckpointRetentionPolicy(CheckpointRetentionPolicy.RETAIN_ON_FAILURE)
                    .setEnableCheckpointsAfterTasksFinish(policy.afterTasksFinish())
                    .build();
        }

        private CheckpointTopology topology() {
            List<CheckpointTopology.Span> producers = IntStream.range(0, parallelism)
                    .mapToObj(consumer -> pointwise
                            ? new CheckpointTopology.Span(consumer, consumer + 1)
                            : new CheckpointTopology.Span(0, parallelism))
                    .toList();
            return new CheckpointTopology(
                    List.of(
                            new CheckpointTopology.Vertex("source", parallelism),
                            new CheckpointTopology.Vertex("sink", parallelism)),
                    List.of(new CheckpointTopology.Edge(0, 1, producers)));
        }

        int run() throws Exception {
            List<Subtask> subtasks = new ArrayList<>();
            for (int index = 0; index < parallelism; index++) {
                subtasks.add(new Subtask(0, index));
                subtasks.add(new Subtask(1, index));
            }
            boolean early = random.nextInt(4) == 0;
            if (early) {
                tell(new Started<>());
            }
            for (Subtask subtask : subtasks) {
                pass(random.nextInt(10));
                flink.running(subtask.vertex(), subtask.index());
                if (early && subtask.equals(subtasks.get(subtasks.size() - 1))) {
                    // there another class waits for all to run
                    flink.start();
                    flink.moveTo(nowMillis);
                }
                tell(new SubtaskRunning<>(subtask));
            }
            start();
            for (int step = 0; step < 150; step++) {
                step(subtasks);
                flink.moveTo(nowMillis);
                compare();
            }
            return completed;
        }

        private void start() {
            flink.start();
            flink.moveTo(nowMillis);
            tell(new Started<>());
        }

        private void step(List<Subtask> subtasks) throws Exception {
            switch (random.nextInt(24)) {
                case 0 -> requestCheckpoint();
                case 1 -> requestSavepoint();
                case 2 -> decline(subtasks);
                case 3 -> {
                    if (random.nextInt(6) == 0) {
                        stop();
                    }
                }
                case 4 -> {
                    if (random.nextInt(6) == 0) {
                        restart();
                    }
                }
                case 5 -> {
                    if (random.nextInt(6) == 0) {
                        finish();
                    }
                }
                case 6 -> backlog();
                case 7, 8, 9, 10, 11, 12, 13, 14, 15 -> acknowledge(subtasks);
                default -> pass(1 + random.nextInt(40));
            }
        }

        /** One millisecond after the other, so that neither is late for anything. */
        private void pass(int millis) {
            for (int i = 0; i < millis; i++) {
                nowMillis++;
                flink.moveTo(nowMillis);
                tell(new Tick<>());
                compare();
            }
        }

        private void requestCheckpoint() {
            // Flink orders two that it has from the same millisecond by their addresses.
            if (waitingCheckpoint == 0 || outcomes.containsKey(waitingCheckpoint)) {
                waitingCheckpoint = ++lastRequest;
                flink.requestCheckpoint(lastRequest, false);
                request(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);
            }
        }

        private void backlog() {
            int source = random.nextInt(2);
            boolean isProcessing = random.nextBoolean();
            flink.backlog(source, isProcessing);
            flink.moveTo(nowMillis);
            tell(new Backlog<>("source " + source, isProcessing));
        }

        private void requestSavepoint() {
            if (waitingSavepoint == 0 || outcomes.containsKey(waitingSavepoint)) {
                waitingSavepoint = ++lastRequest;
                boolean canonical = random.nextBoolean();
                flink.requestSavepoint(lastRequest, canonical);
                request(
                        canonical ? CheckpointKind.SAVEPOINT_CANONICAL : CheckpointKind.SAVEPOINT_NATIVE,
                        PostCheckpointAction.NONE);
            }
        }

        private void stop() {
            if (outcomes.size() == lastRequest) {
                lastRequest++;
                flink.stop(lastRequest, true);
                request(CheckpointKind.SAVEPOINT_CANONICAL, PostCheckpointAction.SUSPEND);
            }
        }

        private void request(CheckpointKind kind, PostCheckpointAction action) {
            tell(new Requested<>(lastRequest, kind, action, null));
        }

        private void restart() {
            flink.suspend();
            flink.moveTo(nowMillis);
            tell(new Suspended<>(null, Set.of()));
            tell(new Restored<>(weir.retained()));
            compare();
            pass(random.nextInt(30));
            start();
        }

        private void finish() throws Exception {
            if (finished.size() + 1 < parallelism) {
                Subtask subtask = new Subtask(0, finished.size());
                Set<Long> before = Set.copyOf(pending);
                for (long id : before) {
                    acknowledge(id, subtask);
                }
                if (!before.containsAll(pending)) {
                    // It would have to decline that one first, as Flink's tasks do; Weir sees to it by itself.
                    return;
                }
                finished.add(subtask);
                flink.finished(0, subtask.index());
                tell(new SubtaskFinished<>(subtask));
            }
        }

        private void acknowledge(List<Subtask> subtasks) throws Exception {
            for (long id : List.copyOf(pending)) {
                for (Subtask subtask : subtasks) {
                    if (!finished.contains(subtask) && random.nextInt(3) > 0) {
                        acknowledge(id, subtask);
                    }
                }
            }
        }

        private void acknowledge(long id, Subtask subtask) throws Exception {
            flink.acknowledge(id, subtask.vertex(), subtask.index());
            tell(new Acknowledged<>(id, subtask, "snapshot", SubtaskMetrics.NONE));
            flink.moveTo(nowMillis);
            compare();
        }

        private void decline(List<Subtask> subtasks) {
            Subtask subtask = subtasks.get(random.nextInt(subtasks.size()));
            CheckpointFailureReason reason = DECLINES.get(random.nextInt(DECLINES.size()));
            for (long id : List.copyOf(pending)) {
                if (random.nextBoolean()) {
                    flink.decline(id, subtask.vertex(), subtask.index(), reason.name());
                    tell(new Declined<>(id, subtask, reason, null));
                }
            }
        }

        /** Tells Weir's coordinator, and does at once what it asks for. */
        private void tell(CheckpointEvent<String> event) {
            if (!(event instanceof Tick)) {
                told.add(nowMillis + " " + describe(event));
            }
            Deque<CheckpointEvent<String>> events = new ArrayDeque<>(List.of(event));
            while (!events.isEmpty()) {
                for (CheckpointCommand<String> command : weir.handle(events.removeFirst(), nowMillis)) {
                    carryOut(command, events);
                }
            }
        }

        private static String describe(CheckpointEvent<String> event) {
            return event instanceof Acknowledged<String> acknowledged
                    ? "Acknowledged[" + acknowledged.id() + ", " + acknowledged.subtask() + "]"
                    : event.toString();
        }

        private void carryOut(CheckpointCommand<String> command, Deque<CheckpointEvent<String>> events) {
            if (command instanceof SnapshotCoordinators<String> begun) {
                pending.add(begun.id());
                events.addLast(new CoordinatorsSnapshotted<>(begun.id(), null));
            } else if (command instanceof Commit<String> commit) {
                events.addFirst(new Committed<>(commit.id(), "chk-" + commit.id(), 0));
                pending.remove(commit.id());
                completed++;
            } else if (command instanceof CheckpointCommand.NotifyAborted<String> aborted) {
                pending.remove(aborted.id());
            } else if (command instanceof DropPending<String> drop) {
                events.addLast(new Cleaned<>(drop.id()));
            } else if (command instanceof DropCheckpoint<String> drop) {
                events.addLast(new Cleaned<>(drop.id()));
            } else if (command instanceof Answer<String> answer) {
                outcomes.put(
                        answer.requestId(),
                        answer.failure() == null
                                ? "completed "
                                        + String.valueOf(answer.location()).substring(4)
                                : answer.failure().reason().name());
            } else if (command instanceof FailJob) {
                jobFailures++;
            } else if (command instanceof WakeAt<String> wakeAt && wakeAt.millis() <= nowMillis) {
                events.addLast(new Tick<>());
            }
        }

        private void compare() {
            String when = nowMillis + ", " + policy + ", last events "
                    + told.subList(Math.max(0, told.size() - 12), told.size());
            assertThat(pending).as("in flight, %s", when).isEqualTo(flink.pending());
            assertThat(outcomes).as("outcomes, %s", when).isEqualTo(flink.outcomes());
            assertThat(weir.retained().stream().map(RetainedCheckpoint::id).toList())
                    .as("retained, %s", when)
                    .isEqualTo(flink.retained());
            assertThat(jobFailures).as("failures of the job, %s", when).isEqualTo(flink.jobFailures());
        }

        @Override
        public void close() throws Exception {
            flink.close();
        }
    }
}

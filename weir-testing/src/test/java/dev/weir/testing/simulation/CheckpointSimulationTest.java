package dev.weir.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.SnapshotListener;
import dev.weir.engine.task.SnapshotTimes;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Checkpoints of random dataflows, many at once, some given up, until the last of each task has completed. */
class CheckpointSimulationTest {
    private static final int SEEDS = 300;
    private static final long CHECKPOINTS_MAX = 10_000;
    /** What tasks take for a millisecond: a dataflow is through before a real one is over. */
    private static final long TICK_NANOS = 50_000;

    @Test
    void whatWasSentBeforeABarrierIsWhatWasTakenBeforeIt() {
        runAll(Alignment.ALIGNED);
    }

    @Test
    void atLeastOnceNothingSentBeforeABarrierIsMissing() {
        runAll(Alignment.AT_LEAST_ONCE);
    }

    @Test
    void whatABarrierHasOvertakenIsKept() {
        runAll(Alignment.UNALIGNED);
    }

    @Test
    void aBarrierThatHasWaitedTooLongOvertakes() {
        runAll(Alignment.ALIGNED_WITH_TIMEOUT);
    }

    private static void runAll(Alignment alignment) {
        int completed = 0;
        long overtaken = 0;
        int aligned = 0;
        int overtaking = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = new World(seed, alignment);
            try {
                world.simulator.run();
                world.traced.assertComplete();
                completed += world.completed;
                overtaken += world.overtaken;
                aligned += world.aligned;
                overtaking += world.overtaking;
            } catch (Throwable t) {
                throw new AssertionError("seed=" + seed, t);
            }
        }
        assertThat(completed).as("completed checkpoints").isGreaterThan(2 * SEEDS);
        if (alignment == Alignment.UNALIGNED || alignment == Alignment.ALIGNED_WITH_TIMEOUT) {
            assertThat(overtaken).as("overtaken elements").isGreaterThan(SEEDS);
            assertThat(overtaking).as("snapshots that overtook").isGreaterThan(SEEDS);
        }
        if (alignment != Alignment.UNALIGNED) {
            assertThat(aligned).as("snapshots that did not").isGreaterThan(SEEDS);
        }
    }

    /** Stands in for a coordinator that takes checkpoints at any time. */
    private static final class World implements SnapshotListener {
        final TracedDataflow traced;
        final DataflowSimulator simulator;
        private final Random random;
        private final Alignment alignment;
        private final Map<Long, Set<SubtaskId>> waitingFor = new HashMap<>();
        private final Map<Long, Map<SubtaskId, TracedProcessor.Cut>> cuts = new HashMap<>();
        private long next = 1;
        private long latestCompleted;
        int completed;
        int aligned;
        int overtaking;
        long overtaken;

        World(long seed, Alignment alignment) {
            random = new Random(seed);
            this.alignment = alignment;
            AtomicReference<DataflowSimulator> made = new AtomicReference<>();
            traced =
                    TracedDataflow.random(random, 60, action -> made.get().schedule(random.nextInt(5_000_000), action));
            int slots = 1 + random.nextInt(4);
            SimulationOptions hostility = new SimulationOptions(
                    new ChannelLimits(1 + random.nextInt(3), slots, slots + random.nextInt(40)),
                    Networks.roomy(random),
                    random.nextInt(20),
                    random.nextInt(20));
            simulator = new DataflowSimulator(
                    traced.dataflow(), hostility, seed, new TaskCheckpointing(true, this, this::epochMillis));
            made.set(simulator);
            simulator.schedule(random.nextInt(100_000), this::trigger);
        }

        private long epochMillis() {
            return simulator == null ? 0 : simulator.nowNanos() / TICK_NANOS;
        }

        private CheckpointOptions options() {
            long timeoutMillis = Long.MAX_VALUE;
            if (alignment == Alignment.ALIGNED_WITH_TIMEOUT) {
                timeoutMillis = 1L + random.nextInt(3);
                simulator.schedule(timeoutMillis * TICK_NANOS, simulator::wakeAll);
            }
            return new CheckpointOptions(
                    CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE, alignment, timeoutMillis);
        }

        private void trigger() {
            if (simulator.hasEnded()) {
                return;
            }
            long id = next++;
            if (id > CHECKPOINTS_MAX) {
                throw new AssertionError("no task gets its last checkpoint");
            }
            Set<SubtaskId> subtasks = simulator.triggerCheckpoint(new CheckpointBarrier(id, epochMillis(), options()));
            waitingFor.put(id, new HashSet<>(subtasks));
            cuts.put(id, new HashMap<>());
            if (random.nextInt(5) == 0) {
                simulator.schedule(random.nextInt(300_000), () -> abort(id));
            }
            simulator.schedule(random.nextInt(400_000), this::trigger);
        }

        private void abort(long id) {
            if (waitingFor.remove(id) != null) {
                simulator.checkpointAborted(id);
            }
        }

        @Override
        public void taken(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
            Set<SubtaskId> waiting = waitingFor.get(barrier.id());
            if (waiting == null) {
                snapshot.cancel();
                return;
            }
            if (times.unaligned()) {
                overtaking++;
            } else {
                aligned++;
            }
            assertThat(waiting.remove(subtask)).as("one snapshot of " + subtask).isTrue();
            try {
                cuts.get(barrier.id()).put(subtask, (TracedProcessor.Cut) snapshot.complete());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            if (waiting.isEmpty()) {
                waitingFor.remove(barrier.id());
                simulator.schedule(random.nextInt(100_000), () -> complete(barrier.id()));
            }
        }

        private void complete(long id) {
            if (id < latestCompleted) {
                return;
            }
            latestCompleted = id;
            completed++;
            check(cuts.get(id));
            // a later one is complete: those before it never will be
            for (long older : List.copyOf(waitingFor.keySet())) {
                if (older < id) {
                    abort(older);
                }
            }
            simulator.checkpointCompleted(id);
        }

        private void check(Map<SubtaskId, TracedProcessor.Cut> cut) {
            Map<List<Integer>, Long> sent = new HashMap<>();
            cut.values().forEach(subtask -> sent.putAll(subtask.sent()));
            for (TracedProcessor.Cut subtask : cut.values()) {
                subtask.taken().forEach((channel, taken) -> {
                    Long before = sent.get(channel);
                    // a producer that has ended is not in the cut: all that it sent was taken long ago
                    long kept = subtask.inFlight().getOrDefault(channel, 0L);
                    overtaken += kept;
                    if (before != null && alignment != Alignment.AT_LEAST_ONCE) {
                        assertThat(taken + kept)
                                .as("elements of channel " + channel)
                                .isEqualTo(before);
                    } else if (before != null) {
                        assertThat(taken).as("elements of channel " + channel).isGreaterThanOrEqualTo(before);
                    }
                });
            }
        }

        @Override
        public void dataEnded(SubtaskId subtask) {}

        @Override
        public void declined(SubtaskId subtask, long checkpointId, Throwable cause) {
            abort(checkpointId);
        }
    }
}

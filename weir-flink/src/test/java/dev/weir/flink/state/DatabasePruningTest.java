package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.checkpoint.CheckpointDirectory;
import dev.weir.flink.checkpoint.CheckpointLoader;
import dev.weir.flink.checkpoint.CheckpointSettings;
import dev.weir.flink.checkpoint.CheckpointWrite;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.state.snapshot.PartedKeyedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What 200 incremental checkpoints of databases leave in their directory, of which many fail in one way or another. */
class DatabasePruningTest {
    private static final int KEY_GROUPS = 16;
    private static final int CHECKPOINTS = 200;
    private static final int CONCURRENT = 3;
    private static final JobID JOB = new JobID(1, 2);
    private static final OperatorID OPERATOR = new OperatorID(3, 4);

    @TempDir
    Path base;

    private Random random = new Random(0);
    private BackendPair.Shape<String> shape;
    private StateScript<String> script;
    private CheckpointDirectory directory;
    private List<AbstractKeyedStateBackend<String>> backends = new ArrayList<>();
    private final Deque<Running> running = new ArrayDeque<>();
    private final Deque<StoredCheckpoint> retained = new ArrayDeque<>();
    private final Map<StoredCheckpoint, Map<String, String>> contents = new LinkedHashMap<>();
    private long checkpoint;
    private int completed;
    private int smaller;

    private record Running(
            CheckpointWrite write,
            List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> snapshots,
            Map<String, String> contents) {}

    @ParameterizedTest
    @ValueSource(longs = 1)
    void onlyTheFilesOfRetainedCheckpointsAreThere(long seed) throws Exception {
        random = new Random(seed);
        shape = new BackendPair.Shape<>(StringSerializer.INSTANCE, KEY_GROUPS, base.resolve("databases"));
        script = new StateScript<>(seed, StringSerializer.INSTANCE, i -> "key-" + i);
        directory = opened();
        start(2, null);
        while (checkpoint < CHECKPOINTS || !running.isEmpty()) {
            step();
            if (running.isEmpty()) {
                assertThat(onDisk()).isEqualTo(needed());
            }
        }
        assertThat(completed).isBetween(CHECKPOINTS / 4, CHECKPOINTS * 3 / 4);
        assertThat(smaller).as("checkpoints that refer to others").isGreaterThan(completed / 2);
        stop();
        for (StoredCheckpoint each : retained) {
            directory.drop(each);
        }
        assertThat(onDisk()).isEmpty();
        assertThat(base.resolve("databases")).isEmptyDirectory();
    }

    private void step() throws Exception {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                if (running.size() < CONCURRENT && checkpoint < CHECKPOINTS) {
                    trigger();
                }
            }
            case 4, 5, 6 -> {
                if (!running.isEmpty()) {
                    complete(running.removeFirst());
                }
            }
            case 7 -> {
                if (!running.isEmpty()) {
                    failHalfWay(running.removeLast());
                }
            }
            case 8 -> work(random.nextInt(300));
            default -> {
                if (random.nextInt(8) == 0 && !retained.isEmpty()) {
                    restart();
                }
            }
        }
    }

    private void work(int steps) throws Exception {
        for (int i = 0; i < steps; i++) {
            String key = script.randomKey();
            AbstractKeyedStateBackend<String> backend =
                    backends.get(KeyGroupRangeAssignment.assignKeyToParallelOperator(key, KEY_GROUPS, backends.size()));
            backend.setCurrentKey(key);
            script.step(key).on(backend);
        }
    }

    private void trigger() throws Exception {
        work(random.nextInt(50));
        checkpoint++;
        CheckpointWrite write = directory.begin(checkpoint);
        List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> snapshots = new ArrayList<>();
        for (AbstractKeyedStateBackend<String> backend : backends) {
            snapshots.add(backend.snapshot(
                    checkpoint, checkpoint, write, CheckpointOptions.forCheckpointWithDefaultLocation()));
        }
        running.add(new Running(write, snapshots, contents()));
    }

    private Map<String, String> contents() throws Exception {
        Map<String, String> all = new TreeMap<>();
        for (AbstractKeyedStateBackend<String> backend : backends) {
            all.putAll(script.contents(backend));
        }
        return all;
    }

    private void complete(Running one) throws Exception {
        OperatorState operator = new OperatorState("count", "uid", OPERATOR, backends.size(), KEY_GROUPS);
        for (int i = 0; i < backends.size(); i++) {
            one.snapshots().get(i).run();
            PartedKeyedState state =
                    (PartedKeyedState) one.snapshots().get(i).get().getJobManagerOwnedSnapshot();
            List<KeyedStateHandle> parts = new ArrayList<>(state.parts());
            operator.putState(
                    i,
                    OperatorSubtaskState.builder()
                            .setManagedKeyedState(new StateObjectCollection<>(parts))
                            .build());
        }
        StoredCheckpoint stored = one.write().commit(1, Map.of(OPERATOR, operator), List.of());
        completed++;
        smaller += stored.checkpointedBytes() < stored.stateBytes() ? 1 : 0;
        retained.addFirst(stored);
        contents.put(stored, one.contents());
        while (retained.size() > 2) {
            directory.drop(retained.removeLast());
        }
        // what a subtask hears may be late, so that it builds on one that is gone meanwhile
        if (random.nextInt(4) > 0) {
            for (AbstractKeyedStateBackend<String> backend : backends) {
                backend.notifyCheckpointComplete(one.write().id());
            }
        }
    }

    private void failHalfWay(Running one) throws Exception {
        int written = random.nextInt(backends.size() + 1);
        for (int i = 0; i < backends.size(); i++) {
            if (i < written) {
                one.snapshots().get(i).run();
            } else {
                one.snapshots().get(i).cancel(true);
            }
        }
        one.write().abort();
        for (AbstractKeyedStateBackend<String> backend : backends) {
            backend.notifyCheckpointAborted(one.write().id());
        }
    }

    /** After a failure of the job, or, half the time, of the process, which leaves what it was about to write. */
    private void restart() throws Exception {
        boolean process = random.nextBoolean();
        while (!running.isEmpty()) {
            Running one = running.removeFirst();
            for (RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot : one.snapshots()) {
                if (process && random.nextBoolean()) {
                    snapshot.run();
                } else {
                    snapshot.cancel(true);
                }
            }
            if (!process) {
                one.write().abort();
            }
        }
        stop();
        if (process) {
            directory = opened();
            List<StoredCheckpoint> adopted = new ArrayList<>();
            for (StoredCheckpoint each : retained) {
                StoredCheckpoint loaded =
                        CheckpointLoader.load(each.pointer(), getClass().getClassLoader());
                CheckpointLoader.verify(loaded, true);
                StoredCheckpoint own = directory.adopt(loaded, RecoveryClaimMode.CLAIM);
                contents.put(own, contents.get(each));
                adopted.add(own);
            }
            retained.clear();
            retained.addAll(adopted);
            directory.leftovers().sweep();
        }
        StoredCheckpoint latest = retained.getFirst();
        start(1 + random.nextInt(3), latest);
        assertThat(contents()).isEqualTo(contents.get(latest));
    }

    private CheckpointDirectory opened() throws IOException {
        CheckpointSettings settings = new CheckpointSettings(
                new org.apache.flink.core.fs.Path(base.resolve("checkpoints").toUri()), null, true, 0, 4096);
        return CheckpointDirectory.open(settings, JOB, "");
    }

    private void start(int parallelism, StoredCheckpoint from) throws Exception {
        for (int i = 0; i < parallelism; i++) {
            KeyGroupRange range =
                    KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, parallelism, i);
            List<KeyedStateHandle> parts = new ArrayList<>();
            if (from != null) {
                for (OperatorSubtaskState subtask :
                        from.operators().get(OPERATOR).getStates()) {
                    for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
                        KeyedStateHandle part = handle.getIntersection(range);
                        if (part != null) {
                            parts.add(part);
                        }
                    }
                }
            }
            backends.add(shape.ours(range, parts, true));
        }
        if (from != null) {
            return;
        }
        for (AbstractKeyedStateBackend<String> backend : backends) {
            // every subtask has a state, so that all of them are of one kind
            work(200);
            assertThat(backend.numKeyValueStateEntries()).isPositive();
        }
    }

    private void stop() {
        backends.forEach(AbstractKeyedStateBackend::dispose);
        backends = new ArrayList<>();
    }

    private Set<String> needed() {
        Set<String> names = new TreeSet<>();
        for (StoredCheckpoint each : retained) {
            names.add("chk-" + each.id() + "/_metadata");
            each.files()
                    .forEach(file -> names.add(file.path().getParent().getName() + "/"
                            + file.path().getName()));
        }
        return names;
    }

    private Set<String> onDisk() throws IOException {
        Path job = base.resolve("checkpoints").resolve(JOB.toString());
        if (!Files.exists(job)) {
            return Set.of();
        }
        try (Stream<Path> all = Files.walk(job)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> job.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}

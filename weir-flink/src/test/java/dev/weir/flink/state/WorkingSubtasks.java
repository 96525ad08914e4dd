package dev.weir.flink.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;

/** The subtasks of one operator, whose state a script changes and of which checkpoints are taken. */
class WorkingSubtasks<K> {
    static final int KEY_GROUPS = 16;
    static final int BYTES_MAX = 64 << 20;

    final Random random;
    final BackendPair.Shape<K> shape;
    final StateScript<K> script;
    List<AbstractKeyedStateBackend<K>> backends = new ArrayList<>();
    long checkpoint;

    WorkingSubtasks(long seed, BackendPair.Shape<K> shape, StateScript<K> script) {
        this.random = new Random(seed);
        this.shape = shape;
        this.script = script;
    }

    static KeyGroupRange range(int parallelism, int index) {
        return KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, parallelism, index);
    }

    void work(int steps) throws Exception {
        for (int i = 0; i < steps; i++) {
            K key = script.randomKey();
            AbstractKeyedStateBackend<K> backend =
                    backends.get(KeyGroupRangeAssignment.assignKeyToParallelOperator(key, KEY_GROUPS, backends.size()));
            backend.setCurrentKey(key);
            script.step(key).on(backend);
        }
    }

    Map<String, String> contents(List<AbstractKeyedStateBackend<K>> of) throws Exception {
        Map<String, String> contents = new TreeMap<>();
        for (AbstractKeyedStateBackend<K> backend : of) {
            contents.putAll(script.contents(backend));
        }
        return contents;
    }

    /** Begins the next checkpoint: the synchronous parts. */
    List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> begun() throws Exception {
        checkpoint++;
        List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> futures = new ArrayList<>();
        for (AbstractKeyedStateBackend<K> backend : backends) {
            futures.add(backend.snapshot(
                    checkpoint,
                    checkpoint,
                    new MemCheckpointStreamFactory(BYTES_MAX),
                    CheckpointOptions.forCheckpointWithDefaultLocation()));
        }
        return futures;
    }

    void completed() throws Exception {
        for (AbstractKeyedStateBackend<K> backend : backends) {
            backend.notifyCheckpointComplete(checkpoint);
        }
    }
}

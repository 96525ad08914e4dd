package dev.weir.flink.specimen;

import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.runtime.tasks.OperatorChain;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/** Breaks a law on purpose: uses classes of the runtime that Weir replaces. */
public record RunsOnFlink(MiniCluster cluster, HeapKeyedStateBackend<?> state, OperatorChain<?, ?> chain) {
    static void run(StreamTask<?, ?> task) throws Exception {
        task.invoke();
    }

    int use() throws Exception {
        cluster.start();
        return chain.isTaskDeployedAsFinished() ? 0 : state.numKeyValueStateEntries();
    }
}

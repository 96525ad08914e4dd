package dev.weir.engine.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The budgets of one JVM that is task manager and job manager in one.
 *
 * <p>Records between tasks are objects, so what Flink keeps in network buffers outside of the heap is inside of it here. Managed
 * memory and the JVM's overhead are native and have no flag. A job manager's heap and off-heap memory come on top where its
 * keys are set; else its work is charged to the framework's heap. Metaspace and overhead are there once.
 *
 * @param jobManager null where none of its keys is set
 * @param entriesBytes of managed memory what is for entries of stored state that are kept as objects, which lie on the heap
 */
public record JvmShares(TaskManagerBudget taskManager, @Nullable JobManagerBudget jobManager, long entriesBytes) {
    public JvmShares(TaskManagerBudget taskManager, @Nullable JobManagerBudget jobManager) {
        this(taskManager, jobManager, 0);
    }

    public long heapBytes() {
        return taskManager.heapBytes()
                + entriesBytes
                + taskManager.network().bytes()
                + (jobManager == null ? 0 : jobManager.heap().bytes());
    }

    public long directBytes() {
        return taskManager.directBytes()
                - taskManager.network().bytes()
                + (jobManager == null ? 0 : jobManager.offHeap().bytes());
    }

    /** Managed memory without what is on the heap. */
    public long nativeBytes() {
        return taskManager.managed().bytes() - entriesBytes;
    }

    public long metaspaceBytes() {
        return taskManager.process().metaspace().bytes();
    }

    /** Everything: what the process may be at most. */
    public long processBytes() {
        return taskManager.process().process().bytes()
                + (jobManager == null
                        ? 0
                        : jobManager.heap().bytes() + jobManager.offHeap().bytes());
    }

    /** For the command line of the JVM. The heap starts small, which Flink's does not: what is not needed is not taken. */
    public List<String> flags() {
        return List.of(
                "-Xmx" + heapBytes(),
                "-XX:MaxDirectMemorySize=" + directBytes(),
                "-XX:MaxMetaspaceSize=" + metaspaceBytes());
    }
}

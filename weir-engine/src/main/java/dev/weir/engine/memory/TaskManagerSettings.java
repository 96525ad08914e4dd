package dev.weir.engine.memory;

/**
 * What a task manager's budget is derived from.
 *
 * @param managed unset where it is a share
 * @param managedShare of the total Flink memory
 * @param network a share of the total Flink memory
 */
public record TaskManagerSettings(
        ProcessSettings process,
        Setting frameworkHeap,
        Setting frameworkOffHeap,
        Setting taskHeap,
        Setting taskOffHeap,
        Setting managed,
        Share managedShare,
        Share network) {
    TaskManagerSettings with(Change change) {
        return new TaskManagerSettings(
                process.with(change),
                frameworkHeap.with(change),
                frameworkOffHeap.with(change),
                taskHeap.with(change),
                taskOffHeap.with(change),
                managed.with(change),
                managedShare.with(change),
                network.with(change));
    }
}

package dev.weir.engine.memory;

/** The memory of a task manager, in Flink's parts. */
public record TaskManagerBudget(
        ProcessBudget process,
        Sized frameworkHeap,
        Sized taskHeap,
        Sized frameworkOffHeap,
        Sized taskOffHeap,
        Sized network,
        Sized managed) {
    /**
     * As Flink derives it.
     *
     * @throws BudgetException where Flink refuses it too
     */
    public static TaskManagerBudget of(TaskManagerSettings settings) throws BudgetException {
        var derived = ProcessDerivation.derive(
                settings, settings.process().process(), TaskManagerDerivation::new, TaskManagerSettings::with);
        var parts = derived.parts();
        return new TaskManagerBudget(
                derived.process(),
                settings.frameworkHeap().sized(),
                parts.taskHeap(),
                settings.frameworkOffHeap().sized(),
                settings.taskOffHeap().sized(),
                parts.network(),
                parts.managed());
    }

    public long heapBytes() {
        return frameworkHeap.bytes() + taskHeap.bytes();
    }

    /** What Flink lets the JVM take as direct memory: its own, the program's, the network's. */
    public long directBytes() {
        return frameworkOffHeap.bytes() + taskOffHeap.bytes() + network.bytes();
    }
}

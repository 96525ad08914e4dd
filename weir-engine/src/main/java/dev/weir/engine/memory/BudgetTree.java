package dev.weir.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A budget as a reader looks at it. */
public record BudgetTree(String name, Sized size, List<BudgetTree> parts) {
    private static BudgetTree of(String name, Sized size, BudgetTree... parts) {
        return new BudgetTree(name, size, List.of(parts));
    }

    public static BudgetTree of(TaskManagerBudget budget) {
        ProcessBudget process = budget.process();
        return of(
                "task manager",
                process.process(),
                of(
                        "Flink",
                        process.flink(),
                        of(
                                "heap",
                                Sized.sum(budget.heapBytes()),
                                of("framework", budget.frameworkHeap()),
                                of("task", budget.taskHeap())),
                        of(
                                "off-heap",
                                Sized.sum(
                                        budget.directBytes() + budget.managed().bytes()),
                                of("framework", budget.frameworkOffHeap()),
                                of("task", budget.taskOffHeap()),
                                of("network", budget.network()),
                                of("managed", budget.managed()))),
                of("JVM metaspace", process.metaspace()),
                of("JVM overhead", process.overhead()));
    }

    public static BudgetTree of(JobManagerBudget budget) {
        ProcessBudget process = budget.process();
        return of(
                "job manager",
                process.process(),
                of("Flink", process.flink(), of("heap", budget.heap()), of("off-heap", budget.offHeap())),
                of("JVM metaspace", process.metaspace()),
                of("JVM overhead", process.overhead()));
    }

    /** The JVM that is both. */
    public static BudgetTree of(JvmShares shares) {
        TaskManagerBudget task = shares.taskManager();
        @Nullable JobManagerBudget job = shares.jobManager();
        List<BudgetTree> heap = new ArrayList<>();
        heap.add(of("framework and task heap", Sized.sum(task.heapBytes())));
        heap.add(of("records in flight", task.network()));
        if (shares.entriesBytes() > 0) {
            heap.add(of("entries of RocksDB's state", chosen(shares.entriesBytes(), "a part of managed memory")));
        }
        List<BudgetTree> direct = new ArrayList<>();
        direct.add(of(
                "framework and task off-heap",
                Sized.sum(task.frameworkOffHeap().bytes() + task.taskOffHeap().bytes())));
        if (job != null) {
            heap.add(of("job manager", job.heap()));
            direct.add(of("job manager", job.offHeap()));
        }
        return of(
                "process",
                Sized.sum(shares.processBytes()),
                new BudgetTree("heap", chosen(shares.heapBytes(), shares.flags().get(0)), heap),
                new BudgetTree(
                        "direct", chosen(shares.directBytes(), shares.flags().get(1)), direct),
                of("metaspace", chosen(shares.metaspaceBytes(), shares.flags().get(2))),
                of(
                        "managed, native",
                        shares.entriesBytes() > 0
                                ? chosen(shares.nativeBytes(), "the rest of managed memory")
                                : task.managed()),
                of("JVM overhead", task.process().overhead()));
    }

    private static Sized chosen(long bytes, String reason) {
        return new Sized(bytes, new Origin.Chosen(reason));
    }
}

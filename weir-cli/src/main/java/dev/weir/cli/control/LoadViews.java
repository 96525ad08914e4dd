package dev.weir.cli.control;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.weir.cli.control.Views.Budget;
import dev.weir.cli.control.Views.Load;
import dev.weir.cli.control.Views.LoadOfVertex;
import dev.weir.cli.control.Views.Memory;
import dev.weir.flink.diagnosis.JobVertices;
import dev.weir.flink.metric.SubtaskLoad;
import dev.weir.flink.metric.VertexLoad;
import dev.weir.flink.session.WeirJob;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What tasks and memory are at, as it goes over the wire. */
final class LoadViews {
    private LoadViews() {}

    static Load of(WeirJob job) {
        List<VertexLoad> vertices = job.load();
        return new Load(
                System.nanoTime(),
                vertices.stream().map(LoadViews::vertex).toList(),
                JobVertices.bottlenecks(job.jobGraph(), vertices).keySet().stream()
                        .map(VertexLoad::name)
                        .toList());
    }

    private static LoadOfVertex vertex(VertexLoad vertex) {
        List<SubtaskLoad> subtasks = vertex.subtasks();
        boolean known = subtasks.stream().noneMatch(each -> Double.isNaN(each.busy()));
        return new LoadOfVertex(
                vertex.id().toString(),
                vertex.name(),
                subtasks.size(),
                known ? max(subtasks, SubtaskLoad::busy) : null,
                subtasks.stream().mapToDouble(SubtaskLoad::idle).min().orElse(0),
                max(subtasks, SubtaskLoad::backpressured),
                vertex.backpressure().name(),
                subtasks.stream().mapToLong(SubtaskLoad::recordsIn).sum(),
                subtasks.stream().mapToLong(SubtaskLoad::recordsOut).sum(),
                max(subtasks, SubtaskLoad::inPoolUsage),
                max(subtasks, SubtaskLoad::outPoolUsage));
    }

    private static double max(List<SubtaskLoad> subtasks, ToDoubleFunction<SubtaskLoad> measure) {
        return subtasks.stream().mapToDouble(measure).max().orElse(0);
    }

    /** Of the JVM: each has a bound that ends the process when it is reached. */
    static Memory memory() {
        List<Budget> budgets = new ArrayList<>();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        budgets.add(new Budget("heap", heap.getUsed(), heap.getMax()));
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                budgets.add(new Budget("direct", pool.getMemoryUsed(), directBytesMax(heap.getMax())));
            }
        }
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getName().equals("Metaspace")) {
                budgets.add(new Budget(
                        "metaspace", pool.getUsage().getUsed(), pool.getUsage().getMax()));
            }
        }
        return new Memory(budgets);
    }

    /** The JVM takes the heap's bound where it is told none. */
    private static long directBytesMax(long heapBytesMax) {
        HotSpotDiagnosticMXBean flags = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long given = Long.parseLong(flags.getVMOption("MaxDirectMemorySize").getValue());
        return given == 0 ? heapBytesMax : given;
    }
}

package dev.weir.cli;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import dev.weir.engine.memory.Bytes;
import dev.weir.engine.memory.HostMemory;
import dev.weir.engine.memory.JvmShares;
import dev.weir.flink.memory.MemoryBudgets;
import dev.weir.flink.session.WeirJob;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.jspecify.annotations.Nullable;

/** What is said when a budget is used up: which one, its size, what takes most of it, and what to set to what. */
final class OutOfMemory {
    private static final int CONSUMERS_MAX = 4;
    private static final int LOOP_MIN = 3;
    private static final long SIZE_MAX = 1L << 40;

    private final MemoryInUse use;
    private final JvmShares shares;
    private final Configuration configuration;
    private final HostMemory host;

    /** A part of the memory that can be used up by itself. */
    enum Budget {
        HEAP("heap"),
        DIRECT("direct memory"),
        METASPACE("metaspace"),
        /** What a control group gives all its processes together. */
        CONTAINER("container"),
        /** What keys give this process. */
        PROCESS("process");

        private final String text;

        Budget(String text) {
            this.text = text;
        }

        static Budget of(OutOfMemoryError error) {
            String message = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("metaspace") || message.contains("compressed class space")) {
                return METASPACE;
            }
            return message.contains("direct") ? DIRECT : HEAP;
        }
    }

    /** @param configuration as it was given */
    OutOfMemory(MemoryInUse use, Configuration configuration) {
        this.use = use;
        this.shares = use.shares();
        this.configuration = configuration;
        this.host = use.host();
    }

    MemoryInUse use() {
        return use;
    }

    /**
     * The message, a line each.
     *
     * @param jobs that run
     * @param times how often the same program has come to that without a checkpoint in between, this time included
     */
    List<String> lines(Budget budget, List<WeirJob> jobs, int times) {
        List<String> lines = new ArrayList<>();
        String names = String.join(
                ", ", jobs.stream().map(job -> "'" + job.name() + "'").toList());
        lines.add("weir: out of memory: " + budget.text + "=" + Bytes.text(size(budget)) + " is used up"
                + (names.isEmpty() ? "" : " by job " + names));
        consumers(budget, jobs).forEach(line -> lines.add("  " + line));
        lines.add("  " + advice(budget));
        if (times >= LOOP_MIN) {
            lines.add(
                    "  for the " + times + ". time in a row without a checkpoint in between: the same command will end"
                            + " the same way, give it more memory first");
        } else if (jobs.stream().anyMatch(job -> latest(job).isPresent())) {
            lines.add("  the same command goes on from the latest checkpoint");
        }
        return lines;
    }

    /** The checkpoint that a job would go on from. */
    static Optional<Checkpoint> latest(WeirJob job) {
        return job.checkpoints().map(CheckpointStatistics::latestCompleted);
    }

    /** The heap as the JVM has it, since somebody may have given it another. */
    private long size(Budget budget) {
        return switch (budget) {
            case HEAP -> Runtime.getRuntime().maxMemory();
            case DIRECT -> shares.directBytes();
            case METASPACE -> shares.metaspaceBytes();
            case CONTAINER -> host.bytes();
            case PROCESS -> use.processMax();
        };
    }

    private List<String> consumers(Budget budget, List<WeirJob> jobs) {
        return switch (budget) {
            case HEAP -> states(jobs);
            case DIRECT -> buffers();
            case METASPACE -> {
                ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
                yield List.of(classes.getLoadedClassCount() + " classes are loaded");
            }
            case CONTAINER, PROCESS -> parts(jobs);
        };
    }

    /** The parts of the process, then what is in state. */
    private List<String> parts(List<WeirJob> jobs) {
        List<String> lines = new ArrayList<>();
        lines.add("heap: " + Bytes.text(MemoryInUse.heapBytes()) + " of " + Bytes.text(size(Budget.HEAP)));
        lines.add("metaspace and compiled code: " + Bytes.text(MemoryInUse.classBytes()));
        lines.addAll(buffers());
        lines.add("native memory, managed memory and the JVM's own included: " + Bytes.text(use.nativeBytes()) + " of "
                + Bytes.text(use.nativeMax()));
        long others = use.containerBytes() - use.processBytes();
        if (others > use.processBytes()) {
            lines.add("the container's other processes: " + Bytes.text(others));
        }
        lines.addAll(states(jobs));
        return lines;
    }

    /** By the latest checkpoints: what is not in state is in the program's own objects. */
    private static List<String> states(List<WeirJob> jobs) {
        Map<String, Long> bytes = new TreeMap<>();
        for (WeirJob job : jobs) {
            latest(job).ifPresent(checkpoint -> {
                for (Vertex vertex : checkpoint.vertices()) {
                    long state = vertex.subtasks().stream()
                            .mapToLong(subtask -> subtask.metrics().fullBytes())
                            .sum();
                    bytes.merge("'" + vertex.name() + "'", state, Long::sum);
                }
            });
        }
        List<String> lines = new ArrayList<>();
        bytes.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .limit(CONSUMERS_MAX)
                .forEach(each ->
                        lines.add("state of " + each.getKey() + " at its checkpoint: " + Bytes.text(each.getValue())));
        return lines;
    }

    private static List<String> buffers() {
        List<String> lines = new ArrayList<>();
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getCount() > 0) {
                lines.add(pool.getName() + " buffers: " + pool.getCount() + " of " + Bytes.text(pool.getMemoryUsed()));
            }
        }
        return lines;
    }

    /** The first size that is accepted with all others as they are, from twice what there is or from what is in use. */
    private String advice(Budget budget) {
        ConfigOption<MemorySize> offHeap = TaskManagerOptions.TASK_OFF_HEAP_MEMORY;
        String setting =
                switch (budget) {
                    case HEAP -> null;
                    case DIRECT -> accepted(offHeap, 2 * size(budget), 1);
                    case METASPACE -> accepted(TaskManagerOptions.JVM_METASPACE, 2 * size(budget), 1);
                    case CONTAINER, PROCESS ->
                        use.nativeBytes() > use.nativeMax()
                                ? accepted(offHeap, 2 * (use.nativeBytes() - use.nativeMax()), 1)
                                : null;
                };
        if (setting == null && budget != Budget.CONTAINER) {
            ConfigOption<MemorySize> total = configuration.contains(TaskManagerOptions.TOTAL_FLINK_MEMORY)
                    ? TaskManagerOptions.TOTAL_FLINK_MEMORY
                    : TaskManagerOptions.TOTAL_PROCESS_MEMORY;
            setting = accepted(total, 2 * shares.processBytes(), Integer.MAX_VALUE);
        }
        String container = host.isContainer() ? "; the container has " + Bytes.text(host.bytes()) : "";
        if (budget == Budget.CONTAINER) {
            String more = "give the container " + Bytes.text(2 * host.bytes());
            return setting == null ? more : "set " + setting + ", which leaves less for the heap, or " + more;
        }
        return "set " + (setting == null ? "more memory" : setting) + ", see weir memory" + container;
    }

    private @Nullable String accepted(ConfigOption<MemorySize> option, long from, int tries) {
        long size = rounded(from);
        for (int i = 0; i < tries && size < SIZE_MAX; i++) {
            Configuration changed = new Configuration(configuration);
            changed.set(option, new MemorySize(size));
            try {
                MemoryBudgets.process(changed, host);
                return option.key() + "=" + Bytes.exact(size);
            } catch (IllegalConfigurationException e) {
                size = rounded(size + size / 4);
            }
        }
        return null;
    }

    private static long rounded(long bytes) {
        return (bytes + Bytes.MEBI - 1) / Bytes.MEBI * Bytes.MEBI;
    }
}

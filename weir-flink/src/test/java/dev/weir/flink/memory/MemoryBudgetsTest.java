package dev.weir.flink.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.memory.BudgetException;
import dev.weir.engine.memory.BudgetException.Kind;
import dev.weir.engine.memory.Change;
import dev.weir.engine.memory.JobManagerBudget;
import dev.weir.engine.memory.TaskManagerBudget;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random configurations, every subset of the keys several times, given to Flink's calculator and to ours: the same sizes to
 * the byte or a refusal for the same reason, and what a refusal proposes is accepted by Flink.
 */
class MemoryBudgetsTest {
    private static final long SEED = Long.getLong("weir.seed", 20_07L);
    private static final List<ConfigOption<?>> TASK_MANAGER = List.of(
            TaskManagerOptions.TOTAL_PROCESS_MEMORY,
            TaskManagerOptions.TOTAL_FLINK_MEMORY,
            TaskManagerOptions.FRAMEWORK_HEAP_MEMORY,
            TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY,
            TaskManagerOptions.TASK_HEAP_MEMORY,
            TaskManagerOptions.TASK_OFF_HEAP_MEMORY,
            TaskManagerOptions.MANAGED_MEMORY_SIZE,
            TaskManagerOptions.MANAGED_MEMORY_FRACTION,
            TaskManagerOptions.NETWORK_MEMORY_MIN,
            TaskManagerOptions.NETWORK_MEMORY_MAX,
            TaskManagerOptions.NETWORK_MEMORY_FRACTION,
            TaskManagerOptions.JVM_METASPACE,
            TaskManagerOptions.JVM_OVERHEAD_MIN,
            TaskManagerOptions.JVM_OVERHEAD_MAX,
            TaskManagerOptions.JVM_OVERHEAD_FRACTION);
    private static final List<ConfigOption<?>> JOB_MANAGER = List.of(
            JobManagerOptions.TOTAL_PROCESS_MEMORY,
            JobManagerOptions.TOTAL_FLINK_MEMORY,
            JobManagerOptions.JVM_HEAP_MEMORY,
            JobManagerOptions.OFF_HEAP_MEMORY,
            JobManagerOptions.JVM_METASPACE,
            JobManagerOptions.JVM_OVERHEAD_MIN,
            JobManagerOptions.JVM_OVERHEAD_MAX,
            JobManagerOptions.JVM_OVERHEAD_FRACTION);

    /** What a calculator said of a configuration: sizes, or the kind of refusal, {@code UNREADABLE} where null. */
    private record Answer(@Nullable List<Long> sizes, @Nullable Kind kind, List<Change> changes) {
        static Answer sizes(long... sizes) {
            return new Answer(LongStream.of(sizes).boxed().toList(), null, List.of());
        }
    }

    @Test
    void taskManagersHaveFlinksSizesOrItsRefusals() {
        Map<Kind, Integer> seen =
                compareAll(TASK_MANAGER, 3, MemoryBudgetsTest::flinkTaskManager, MemoryBudgetsTest::taskManager);

        assertThat(seen)
                .containsOnlyKeys(
                        Kind.UNSIZED,
                        Kind.SHARE,
                        Kind.OVER_FLINK,
                        Kind.NETWORK,
                        Kind.OVER_PROCESS,
                        Kind.OVERHEAD,
                        Kind.OVERFLOW)
                .allSatisfy((kind, times) -> assertThat(times).as(kind.name()).isGreaterThan(100));
    }

    @Test
    void jobManagersHaveFlinksSizesOrItsRefusals() {
        Map<Kind, Integer> seen =
                compareAll(JOB_MANAGER, 100, MemoryBudgetsTest::flinkJobManager, MemoryBudgetsTest::jobManager);

        assertThat(seen)
                .containsOnlyKeys(
                        Kind.UNSIZED,
                        Kind.SHARE,
                        Kind.OVER_FLINK,
                        Kind.NOT_FLINK,
                        Kind.OVER_PROCESS,
                        Kind.OVERHEAD,
                        Kind.OVERFLOW)
                .allSatisfy((kind, times) -> assertThat(times).as(kind.name()).isGreaterThan(100));
    }

    @Test
    void aRefusalNamesTheSizesAndTheSmallestChange() {
        assertThatThrownBy(() -> MemoryBudgets.taskManager(configuration("taskmanager.memory.process.size", "800m")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessage("task manager memory: taskmanager.memory.framework.heap.size=128m (default)"
                        + " + taskmanager.memory.framework.off-heap.size=128m (default)"
                        + " + managed memory=140.8m (147639503 bytes)"
                        + " (0.4 of the total Flink memory by taskmanager.memory.managed.fraction (default))"
                        + " + network=64m (limited by taskmanager.memory.network.min (default),"
                        + " would be 0.1 of the total Flink memory by taskmanager.memory.network.fraction (default))"
                        + " is 460.8m (483183823 bytes) > total Flink memory=352m of taskmanager.memory.process.size=800m;"
                        + " set taskmanager.memory.managed.size=32m, or taskmanager.memory.process.size=982m");
        assertThatThrownBy(() -> MemoryBudgets.taskManager(configuration(
                        "taskmanager.memory.flink.size",
                        "1g",
                        "taskmanager.memory.task.heap.size",
                        "512m",
                        "taskmanager.memory.size",
                        "200m")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessage(
                        "task manager memory: what is left for the network of taskmanager.memory.flink.size=1g is 56m"
                                + " < taskmanager.memory.network.min=64m (default);"
                                + " set taskmanager.memory.task.heap.size=504m, or taskmanager.memory.flink.size=1032m");
        assertThatThrownBy(() -> MemoryBudgets.jobManager(configuration(
                        "jobmanager.memory.flink.size",
                        "1g",
                        "jobmanager.memory.heap.size",
                        "1g",
                        "jobmanager.memory.off-heap.size",
                        "10m")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessage(
                        "job manager memory: jobmanager.memory.heap.size=1g + jobmanager.memory.off-heap.size=10m is 1034m"
                                + " > jobmanager.memory.flink.size=1g; set jobmanager.memory.flink.size=1034m");
        assertThatThrownBy(() -> MemoryBudgets.taskManager(configuration("taskmanager.memory.process.size", "big")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessage("taskmanager.memory.process.size=big is not a size; write it as 512m");
        assertThatThrownBy(() -> MemoryBudgets.taskManager(
                        configuration("taskmanager.memory.process.size", "2g", "taskmanager.numberOfTaskSlots", "0")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("taskmanager.numberOfTaskSlots=0");
    }

    private static Configuration configuration(String... pairs) {
        Configuration configuration = new Configuration();
        for (int i = 0; i < pairs.length; i += 2) {
            configuration.setString(pairs[i], pairs[i + 1]);
        }
        return configuration;
    }

    private static Map<Kind, Integer> compareAll(
            List<ConfigOption<?>> options,
            int rounds,
            Function<Configuration, Answer> flink,
            Function<Configuration, Answer> weir) {
        Random random = new Random(SEED);
        Map<Kind, Integer> seen = new EnumMap<>(Kind.class);
        int accepted = 0;
        int resolved = 0;
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            for (int subset = 0; subset < 1 << options.size(); subset++) {
                Configuration configuration = random(options, subset, random, round % 2 == 0 ? flink : null);
                Answer expected = flink.apply(configuration);
                Answer actual = weir.apply(configuration);
                assertSame(configuration, expected, actual);
                if (expected.sizes() != null) {
                    accepted++;
                } else if (actual.kind() != null) {
                    seen.merge(actual.kind(), 1, Integer::sum);
                    refused++;
                    resolved += actual.changes().isEmpty() ? 0 : 1;
                    assertResolving(configuration, actual.changes(), flink);
                }
            }
        }
        assertThat(accepted).as("accepted").isGreaterThan(refused / 4);
        assertThat(resolved)
                .as("refusals that one key resolves, of %d", refused)
                .isGreaterThan(refused / 3);
        return seen;
    }

    private static void assertSame(Configuration configuration, Answer expected, Answer actual) {
        assertThat(actual.sizes()).as("%s", configuration).isEqualTo(expected.sizes());
        boolean readByBoth = expected.kind() != null && actual.kind() != null;
        if (readByBoth) {
            assertThat(actual.kind()).as("%s", configuration).isEqualTo(expected.kind());
        } else if (expected.sizes() == null) {
            // whoever reads everything first comes across what cannot be read before what contradicts
            assertThat(actual.kind()).as("%s", configuration).isNull();
        }
    }

    private static void assertResolving(
            Configuration configuration, List<Change> changes, Function<Configuration, Answer> flink) {
        for (Change change : changes) {
            Configuration changed = new Configuration(configuration);
            changed.setString(change.key(), change.value());
            assertThat(flink.apply(changed).sizes())
                    .as("%s with %s", configuration, change.text())
                    .isNotNull();
        }
    }

    /**
     * A value for each option of the subset.
     *
     * @param flink where given, totals are set to what is derived from the rest, or next to it
     */
    private static Configuration random(
            List<ConfigOption<?>> options, int subset, Random random, @Nullable Function<Configuration, Answer> flink) {
        Configuration configuration = new Configuration();
        boolean wild = random.nextInt(4) == 0;
        for (int i = 0; i < options.size(); i++) {
            if ((subset & 1 << i) != 0) {
                ConfigOption<?> option = options.get(i);
                configuration.setString(key(option, random), wild ? wild(option, random) : tame(option, random));
            }
        }
        if (flink != null) {
            for (ConfigOption<?> total : options.subList(0, 2)) {
                if (configuration.contains(total)) {
                    Configuration others = new Configuration(configuration);
                    others.removeConfig(total);
                    Answer answer = flink.apply(others);
                    if (answer.sizes() != null) {
                        long near = answer.sizes().get(options.indexOf(total)) + random.nextInt(3) - 1;
                        configuration.setString(total.key(), Math.max(0, near) + "b");
                    }
                }
            }
        }
        return configuration;
    }

    private static String key(ConfigOption<?> option, Random random) {
        if (option.hasFallbackKeys() && random.nextInt(4) == 0) {
            return option.fallbackKeys().iterator().next().getKey();
        }
        return option.key();
    }

    private static boolean isFraction(ConfigOption<?> option) {
        return option.key().endsWith("fraction");
    }

    private static String tame(ConfigOption<?> option, Random random) {
        if (isFraction(option)) {
            return pick(random, "0", "0.1", "0.25", "0.4", "0.05", Float.toString(random.nextFloat() / 2));
        }
        String key = option.key();
        if (key.endsWith("process.size") || key.endsWith("flink.size")) {
            return 512 + random.nextInt(8192) + "m";
        }
        if (key.endsWith("max")) {
            return pick(random, "256m", "1g", "64g", "9223372036854775807b");
        }
        if (key.endsWith("min")) {
            return pick(random, "0", "1m", "64m", "192m", "256m");
        }
        return pick(random, "0", "64m", "128m", random.nextInt(1 << 30) + "b", random.nextInt(1024) + "m");
    }

    private static String wild(ConfigOption<?> option, Random random) {
        if (random.nextInt(100) == 0) {
            return pick(random, "many", "-1m", "1.5g", "");
        }
        if (isFraction(option)) {
            return pick(random, "0", "0.1", "0.999999", "1", "-0.1", "NaN", Float.toString(random.nextFloat()));
        }
        return pick(
                random,
                "0",
                "1b",
                "64m",
                "192m",
                "1g",
                random.nextInt(4096) + "m",
                (random.nextInt() >>> (1 + random.nextInt(31))) + "b",
                (random.nextLong() >>> 1) + "b",
                "9223372036854775807b");
    }

    private static String pick(Random random, Object... values) {
        return values[random.nextInt(values.length)].toString();
    }

    private static Answer flinkTaskManager(Configuration configuration) {
        return flink(() -> {
            TaskExecutorProcessSpec spec = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
            return sizes(
                    spec.getTotalProcessMemorySize(),
                    spec.getTotalFlinkMemorySize(),
                    spec.getFlinkMemory().getFrameworkHeap(),
                    spec.getTaskHeapSize(),
                    spec.getFlinkMemory().getFrameworkOffHeap(),
                    spec.getTaskOffHeapSize(),
                    spec.getNetworkMemSize(),
                    spec.getManagedMemorySize(),
                    spec.getJvmMetaspaceSize(),
                    spec.getJvmOverheadSize(),
                    spec.getJvmHeapMemorySize(),
                    spec.getJvmDirectMemorySize());
        });
    }

    private static Answer taskManager(Configuration configuration) {
        return weir(() -> {
            TaskManagerBudget budget = MemoryBudgets.taskManager(configuration);
            return Answer.sizes(
                    budget.process().process().bytes(),
                    budget.process().flink().bytes(),
                    budget.frameworkHeap().bytes(),
                    budget.taskHeap().bytes(),
                    budget.frameworkOffHeap().bytes(),
                    budget.taskOffHeap().bytes(),
                    budget.network().bytes(),
                    budget.managed().bytes(),
                    budget.process().metaspace().bytes(),
                    budget.process().overhead().bytes(),
                    budget.heapBytes(),
                    budget.directBytes());
        });
    }

    private static Answer flinkJobManager(Configuration configuration) {
        return flink(() -> {
            JobManagerProcessSpec spec = JobManagerProcessUtils.processSpecFromConfig(configuration);
            return sizes(
                    spec.getTotalProcessMemorySize(),
                    spec.getTotalFlinkMemorySize(),
                    spec.getJvmHeapMemorySize(),
                    spec.getJvmDirectMemorySize(),
                    spec.getJvmMetaspaceSize(),
                    spec.getJvmOverheadSize());
        });
    }

    private static Answer jobManager(Configuration configuration) {
        return weir(() -> {
            JobManagerBudget budget = MemoryBudgets.jobManager(configuration);
            return Answer.sizes(
                    budget.process().process().bytes(),
                    budget.process().flink().bytes(),
                    budget.heap().bytes(),
                    budget.offHeap().bytes(),
                    budget.process().metaspace().bytes(),
                    budget.process().overhead().bytes());
        });
    }

    private static Answer sizes(MemorySize... sizes) {
        return Answer.sizes(Arrays.stream(sizes).mapToLong(MemorySize::getBytes).toArray());
    }

    private static Answer weir(Supplier<Answer> derivation) {
        try {
            return derivation.get();
        } catch (IllegalConfigurationException e) {
            return e.getCause() instanceof BudgetException budget
                    ? new Answer(null, budget.kind(), budget.changes())
                    : new Answer(null, null, List.of());
        }
    }

    private static Answer flink(Supplier<Answer> derivation) {
        try {
            return derivation.get();
        } catch (IllegalArgumentException | IllegalConfigurationException | ArithmeticException e) {
            Kind kind = null;
            for (Throwable each = e; each != null; each = each.getCause()) {
                kind = Optional.ofNullable(flinkKind(each)).orElse(kind);
            }
            return new Answer(null, kind, List.of());
        }
    }

    private static @Nullable Kind flinkKind(Throwable refusal) {
        if (refusal instanceof ArithmeticException) {
            return Kind.OVERFLOW;
        }
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("Either required fine-grained", Kind.UNSIZED);
        kinds.put("Inconsistently configured", Kind.SHARE);
        kinds.put("exceed configured Total Flink Memory", Kind.OVER_FLINK);
        kinds.put("exceeds the configured Total Flink Memory", Kind.OVER_FLINK);
        kinds.put("is less than the configured Off-heap Memory", Kind.OVER_FLINK);
        kinds.put("does not match the configured Total Flink Memory", Kind.NOT_FLINK);
        kinds.put("is not in configured Network Memory range", Kind.NETWORK);
        kinds.put("exceed configured Total Process Memory", Kind.OVER_PROCESS);
        kinds.put("is less than the sum of the derived", Kind.OVER_PROCESS);
        kinds.put("is not in configured JVM Overhead range", Kind.OVERHEAD);
        String message = String.valueOf(refusal.getMessage());
        return kinds.entrySet().stream()
                .filter(each -> message.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}

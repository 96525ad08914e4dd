package dev.weir.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeirProfileTest {
    private static final Share OVERHEAD = share("overhead", 0.1, 192, 1024);
    private static final Share NETWORK = share("network", 0.1, 64, 1L << 40);

    private static Share share(String key, double fraction, long minMebi, long maxMebi) {
        return new Share(
                key,
                fraction,
                Setting.Presence.DEFAULT,
                fraction,
                Setting.byDefault(key + ".min", minMebi * Bytes.MEBI),
                Setting.byDefault(key + ".max", maxMebi * Bytes.MEBI));
    }

    /** Flink's defaults, but for what is given in mebibytes. */
    private static TaskManagerSettings settings(Map<String, Integer> given) {
        return new TaskManagerSettings(
                new ProcessSettings(
                        "task manager",
                        setting(given, "process", -1),
                        setting(given, "flink", -1),
                        setting(given, "metaspace", 256),
                        OVERHEAD),
                setting(given, "framework", 128),
                setting(given, "framework.off", 128),
                setting(given, "task", -1),
                setting(given, "task.off", 0),
                setting(given, "managed", -1),
                Share.unbounded("managed.fraction", 0.4, Setting.Presence.DEFAULT, 0.4),
                NETWORK);
    }

    private static Setting setting(Map<String, Integer> given, String key, int otherwise) {
        Integer mebi = given.get(key);
        if (mebi != null) {
            return Setting.given(key, mebi * Bytes.MEBI);
        }
        return otherwise < 0 ? Setting.unset(key) : Setting.byDefault(key, otherwise * Bytes.MEBI);
    }

    @Test
    void theParts256MebibytesAndMoreAddUpToTheProcess() throws BudgetException {
        Random random = new Random(11);
        for (int i = 0; i < 10_000; i++) {
            long process = WeirProfile.PROCESS_MIN + (random.nextLong() >>> (20 + random.nextInt(20)));
            TaskManagerBudget budget = TaskManagerBudget.of(WeirProfile.of(settings(Map.of()), process));
            JvmShares shares = new JvmShares(budget, null);

            assertThat(shares.processBytes()).isEqualTo(process);
            assertThat(shares.heapBytes()
                            + shares.directBytes()
                            + shares.metaspaceBytes()
                            + budget.managed().bytes()
                            + budget.process().overhead().bytes())
                    .isEqualTo(process);
            assertThat(shares.heapBytes()).isGreaterThan(process / 4);
        }
    }

    @Test
    void aContainerIsTakenWholeAMachineByHalf() {
        assertThat(WeirProfile.processBytes(new HostMemory(1024 * Bytes.MEBI, true)))
                .isEqualTo(1024 * Bytes.MEBI);
        assertThat(WeirProfile.processBytes(new HostMemory(1024 * Bytes.MEBI, false)))
                .isEqualTo(512 * Bytes.MEBI);
        assertThat(WeirProfile.processBytes(new HostMemory(100 * Bytes.MEBI, true)))
                .isEqualTo(256 * Bytes.MEBI);
    }

    @Test
    void itAppliesWhereNoTotalIsSet() {
        assertThat(WeirProfile.applies(settings(Map.of("managed", 64)))).isTrue();
        assertThat(WeirProfile.applies(settings(Map.of("process", 1024)))).isFalse();
        assertThat(WeirProfile.applies(settings(Map.of("flink", 1024)))).isFalse();
        assertThat(WeirProfile.applies(settings(Map.of("managed", 64, "task", 64))))
                .isFalse();
    }

    @Test
    void whatIsSetIsKept() throws BudgetException {
        TaskManagerBudget budget = TaskManagerBudget.of(
                WeirProfile.of(settings(Map.of("managed", 64, "metaspace", 200)), 1024 * Bytes.MEBI));

        assertThat(budget.managed()).isEqualTo(new Sized(64 * Bytes.MEBI, new Origin.Given("managed")));
        assertThat(budget.process().metaspace().bytes()).isEqualTo(200 * Bytes.MEBI);
        assertThat(budget.process().process().bytes()).isEqualTo(1024 * Bytes.MEBI);
    }

    /** Metaspace and overhead are the process's, once; the heap has what Flink keeps outside in network buffers. */
    @Test
    void aJobManagersHeapAndOffHeapMemoryComeOnTop() throws BudgetException {
        TaskManagerBudget task = TaskManagerBudget.of(settings(Map.of("process", 1728)));
        JobManagerBudget job = JobManagerBudget.of(new JobManagerSettings(
                new ProcessSettings(
                        "job manager",
                        Setting.given("jm.process", 1600 * Bytes.MEBI),
                        Setting.unset("jm.flink"),
                        Setting.byDefault("jm.metaspace", 256 * Bytes.MEBI),
                        OVERHEAD),
                Setting.unset("jm.heap"),
                Setting.byDefault("jm.off", 128 * Bytes.MEBI)));
        JvmShares shares = new JvmShares(task, job);

        assertThat(shares.heapBytes())
                .isEqualTo(task.heapBytes() + task.network().bytes() + 1024 * Bytes.MEBI);
        assertThat(shares.directBytes()).isEqualTo((128 + 128) * Bytes.MEBI);
        assertThat(shares.metaspaceBytes()).isEqualTo(256 * Bytes.MEBI);
        assertThat(shares.processBytes()).isEqualTo((1728 + 1024 + 128) * Bytes.MEBI);
        assertThat(BudgetTree.of(shares).parts().stream()
                        .mapToLong(part -> part.size().bytes())
                        .sum())
                .isEqualTo(shares.processBytes());
    }
}

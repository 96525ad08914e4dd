package dev.weir.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    private static final long MACHINE = 24_684_096L * 1024;
    private final Map<String, String> files =
            new HashMap<>(Map.of("/proc/meminfo", "MemTotal:       24684096 kB\nMemFree:        14221212 kB\n"));

    private HostMemory read() {
        return HostMemory.read(path -> files.get(Path.of("/").resolve(path).toString()), () -> 77);
    }

    @Test
    void theMachineWhereNoGroupLimits() {
        files.put("/proc/self/cgroup", "0::/user.slice/session-2.scope\n");
        files.put("/sys/fs/cgroup/user.slice/memory.max", "max\n");

        assertThat(read()).isEqualTo(new HostMemory(MACHINE, false));
    }

    @Test
    void theLowestLimitOfTheGroupsAboveInVersion2() {
        files.put("/proc/self/cgroup", "0::/system.slice/weir.service\n");
        files.put("/sys/fs/cgroup/system.slice/weir.service/memory.max", "4294967296\n");
        files.put("/sys/fs/cgroup/system.slice/memory.max", "2147483648\n");
        files.put("/sys/fs/cgroup/memory.max", "max\n");

        assertThat(read()).isEqualTo(new HostMemory(2147483648L, true, Path.of("/sys/fs/cgroup/system.slice")));
    }

    @Test
    void aContainerSeesItsOwnGroupAsTheRootInVersion2() {
        files.put("/proc/self/cgroup", "0::/\n");
        files.put("/sys/fs/cgroup/memory.max", "268435456\n");

        assertThat(read()).isEqualTo(new HostMemory(268435456, true, Path.of("/sys/fs/cgroup")));
    }

    @Test
    void theMemoryControllerOfVersion1() {
        files.put(
                "/proc/self/cgroup",
                """
                12:cpuset:/docker/1af3
                11:cpu,cpuacct:/docker/1af3
                4:memory:/docker/1af3
                1:name=systemd:/docker/1af3
                """);
        files.put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
        files.put("/sys/fs/cgroup/cpu,cpuacct/memory.limit_in_bytes", "1\n");

        assertThat(read()).isEqualTo(new HostMemory(536870912, true, Path.of("/sys/fs/cgroup/memory")));
    }

    @Test
    void version1SaysNoLimitByAHugeNumber() {
        files.put("/proc/self/cgroup", "4:memory:/\n");
        files.put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");

        assertThat(read()).isEqualTo(new HostMemory(MACHINE, false));
    }

    @Test
    void aSystemWithoutTheseFiles() {
        files.clear();

        assertThat(read()).isEqualTo(new HostMemory(77, false));
    }
}

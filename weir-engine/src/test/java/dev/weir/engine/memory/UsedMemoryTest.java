package dev.weir.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UsedMemoryTest {
    private static final Path GROUP = Path.of("/sys/fs/cgroup/weir");
    private final Map<String, String> files = new HashMap<>();

    @Test
    void aProcessHasItsAnonymousAndSharedPages() {
        files.put(
                "/proc/self/status",
                "Name:\tjava\nVmRSS:\t  300 kB\nRssAnon:\t  100 kB\nRssFile:\t 190 kB\nRssShmem:\t 10 kB\n");

        assertThat(UsedMemory.ofProcess(this::text)).isEqualTo(110 * 1024);
    }

    @Test
    void aGroupOfVersion2WithoutPagesOfFiles() {
        files.put("/sys/fs/cgroup/weir/memory.current", "1000000\n");
        files.put("/sys/fs/cgroup/weir/memory.stat", "anon 1\nfile 2\nactive_file 200000\ninactive_file 300000\n");

        assertThat(UsedMemory.ofGroup(this::text, GROUP)).isEqualTo(500_000);
    }

    @Test
    void aGroupOfVersion1WithThoseBelowIt() {
        files.put("/sys/fs/cgroup/weir/memory.usage_in_bytes", "1000000\n");
        files.put(
                "/sys/fs/cgroup/weir/memory.stat",
                "active_file 1\ninactive_file 2\ntotal_active_file 100000\ntotal_inactive_file 300000\n");

        assertThat(UsedMemory.ofGroup(this::text, GROUP)).isEqualTo(600_000);
    }

    @Test
    void nothingWhereTheKernelDoesNotSay() {
        assertThat(UsedMemory.ofProcess(this::text)).isZero();
        assertThat(UsedMemory.ofGroup(this::text, GROUP)).isZero();
    }

    private String text(Path file) {
        return files.get(file.toString());
    }
}

package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.example.Doubles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryCommandTest {
    private final Invocation weir = new Invocation();

    @TempDir
    Path dir;

    @Test
    void theTreeSaysWhereEachFigureComesFrom() {
        weir.run("memory", "-D", "taskmanager.memory.process.size=1728m");

        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines().map(line -> line.strip().replaceAll(" {2,}", " | ")))
                .contains(
                        "task manager | 1728m | set by taskmanager.memory.process.size",
                        "task | 384.0m (402653174 bytes) | the rest of the total Flink memory",
                        "JVM metaspace | 256m | default of taskmanager.memory.jvm-metaspace.size",
                        "managed, native | 512.0m (536870920 bytes)"
                                + " | 0.4 of the total Flink memory by taskmanager.memory.managed.fraction (default)",
                        "JVM: -Xmx671088632 -XX:MaxDirectMemorySize=134217728 -XX:MaxMetaspaceSize=268435456");
    }

    @Test
    void entriesOfRocksDbAreManagedMemoryOnTheHeap() {
        weir.run(
                "memory",
                "-D",
                "taskmanager.memory.process.size=1728m",
                "-D",
                "state.backend.type=rocksdb",
                "-D",
                "weir.rocksdb.cache.memory-fraction=0.25");
        assertThat(weir.out())
                .containsPattern("entries of RocksDB's state +128.0m \\(134217730 bytes\\) +a part of managed memory")
                .containsPattern("managed, native +384.0m \\(402653190 bytes\\) +the rest of managed memory")
                .contains("-Xmx" + (671_088_632 + 134_217_730));

        weir.run("memory", "-D", "state.backend.type=rocksdb", "-D", "weir.rocksdb.cache=false");
        assertThat(weir.out()).doesNotContain("entries of RocksDB");

        weir.run("memory", "-D", "state.backend.type=rocksdb", "-D", "weir.rocksdb.cache.memory-fraction=2");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains("weir.rocksdb.cache.memory-fraction=2.0");
    }

    @Test
    void aContainersSizeTakesThePlaceOfTheHosts() {
        weir.run("memory", "--for", "256m");
        assertThat(weir.out())
                .contains(
                        "Weir's profile for a container of 256m:",
                        "JVM: -Xmx90596967 -XX:MaxDirectMemorySize=16777216");

        weir.run("memory", "--for", "4g", "-D", "taskmanager.memory.process.size=1g");
        assertThat(weir.out())
                .contains("As configured, on a container of 4g:")
                .containsPattern("task manager +4g +set by taskmanager.memory.process.size");
    }

    @Test
    void aJobManagersKeysAddItsShare() {
        weir.run("memory", "-D", "taskmanager.memory.process.size=2g", "-D", "jobmanager.memory.process.size=1600m");

        assertThat(weir.out())
                .containsPattern("process +3200m +sum")
                .containsPattern("job manager +1g +the rest of the total Flink memory");
    }

    @Test
    void partsOfAJobManagersMemoryAreSharesToo() {
        weir.run("memory", "-D", "taskmanager.memory.process.size=2g", "-D", "jobmanager.memory.flink.size=1g");
        assertThat(weir.out()).containsPattern("job manager +896m +the rest of the total Flink memory");

        weir.run(
                "memory",
                "-D",
                "taskmanager.memory.process.size=2g",
                "-D",
                "jobmanager.memory.heap.size=512m",
                "-D",
                "jobmanager.memory.off-heap.size=64m");
        assertThat(weir.out())
                .containsPattern("job manager +512m +set by jobmanager.memory.heap.size")
                .containsPattern("job manager +64m +set by jobmanager.memory.off-heap.size")
                .contains("-XX:MaxDirectMemorySize=" + ((128 + 64) << 20));
    }

    @Test
    void sizesThatContradictAreRefusedByEveryCommand() throws Exception {
        String refusal = "set taskmanager.memory.process.size=982m";
        weir.run("memory", "-D", "taskmanager.memory.process.size=700m");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains(refusal);

        String jar = JarOf.examples(dir, Doubles.class).toString();
        weir.run("run", "-D", "taskmanager.memory.process.size=700m", jar);
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains(refusal);
    }

    @Test
    void theLauncherIsToldTheFlagsOfTheCommandThatFollows() throws Exception {
        String jar = JarOf.examples(dir, Doubles.class).toString();
        Files.writeString(dir.resolve("config.yaml"), "taskmanager:\n  memory:\n    process:\n      size: 1728m\n");
        weir.run("jvm-flags", "run", "--config-dir", dir.toString(), jar, "-D", "taskmanager.memory.process.size=2g");
        assertThat(weir.out().strip())
                .isEqualTo("-Xmx671088632 -XX:MaxDirectMemorySize=134217728 -XX:MaxMetaspaceSize=268435456");

        weir.run("jvm-flags", "run", "-D", "taskmanager.memory.process.size=700m", jar);
        assertThat(weir.out()).isEmpty();
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
    }
}

package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A process that is killed with SIGKILL at any instant, and started again with the same command at another parallelism,
 * writes what an undisturbed one writes; savepoints are taken meanwhile. How often, when
 * and with which stores is {@code weir.kills}, {@code weir.seed} and {@code weir.state}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KillIT {
    private static final int KILLS = Integer.getInteger("weir.kills", 2);
    private static final long SEED = Long.getLong("weir.seed", 1);
    private static final long RATE = 2000;
    private static final int PARALLELISM_MAX = 4;

    @TempDir
    Path dir;

    private static List<String> stores() {
        return List.of(
                System.getProperty("weir.state", "hashmap,rocksdb,tiered").split(","));
    }

    @ParameterizedTest
    @MethodSource("stores")
    void whatIsWrittenDoesNotHangOnKills(String store) throws Exception {
        Random random = new Random(SEED);
        long records = 4000 + 1000L * KILLS;
        Path jar = JarOf.examples(dir, null);
        int kills = 0;
        int savepoints = 0;
        while (true) {
            Process process = start(jar, store, records, 1 + random.nextInt(PARALLELISM_MAX));
            CompletableFuture<Integer> taken = savepointsOf(process);
            try {
                // from before the first checkpoint to well behind it
                boolean ended = kills < KILLS
                        ? process.waitFor(1000 + random.nextInt(3000), TimeUnit.MILLISECONDS)
                        : process.waitFor(5, TimeUnit.MINUTES);
                if (ended) {
                    assertThat(process.exitValue())
                            .as("after " + kills + " kills, " + store + ", seed=" + SEED + ": " + errors())
                            .isZero();
                    break;
                }
                kills++;
            } finally {
                process.destroyForcibly().waitFor();
                savepoints += taken.get();
            }
        }
        assertThat(kills).as("kills").isPositive();
        assertThat(savepoints).as("savepoints").isPositive();
        LedgerOutput.check(dir.resolve("out"), records, store + ", kills=" + kills + ", seed=" + SEED);
        assertThat(checkpointFiles())
                .as(() -> "what is left of checkpoints, " + store + ", seed=" + SEED + ": " + errors())
                .isEmpty();
    }

    private String errors() {
        try {
            return Files.readString(dir.resolve("err"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** A job that has finished needs none. */
    private List<String> checkpointFiles() throws IOException {
        try (Stream<Path> files = Files.walk(dir.resolve("data"))) {
            return files.map(file -> dir.relativize(file).toString())
                    .filter(name -> name.matches(".*/(chk-.*|shared/.+|taskowned/.+)"))
                    .toList();
        }
    }

    /** One after the other, by a command beside the process, as long as that lives. Gives how many there are. */
    private CompletableFuture<Integer> savepointsOf(Process process) {
        return CompletableFuture.supplyAsync(() -> {
            int taken = 0;
            while (process.isAlive()) {
                Invocation command = new Invocation();
                command.run(
                        "savepoint",
                        "--data-dir",
                        dir.resolve("data").toString(),
                        "ledger",
                        dir.resolve("saved").toString());
                taken += command.code() == 0 ? 1 : 0;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
            }
            return taken;
        });
    }

    @Test
    void sigtermSuspendsAndTheSameCommandGoesOn() throws Exception {
        long records = 6000;
        Path jar = JarOf.examples(dir, null);
        Process first = start(jar, "hashmap", records, 2);
        try {
            WeirProcess.awaitCheckpoint(first, dir.resolve("data"));
            first.destroy();
            assertThat(first.waitFor()).isEqualTo(143);
            assertThat(Files.readString(dir.resolve("err"))).contains("weir: suspended");
        } finally {
            first.destroyForcibly();
        }
        Process second = start(jar, "hashmap", records, 3);
        WeirProcess.finishes(second, dir.resolve("err"));
        LedgerOutput.check(dir.resolve("out"), records, "suspended once");
    }

    private Process start(Path jar, String store, long records, int parallelism) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("run", "--data-dir", dir.resolve("data").toString(), "-p", Integer.toString(parallelism)));
        arguments.addAll(List.of("-D", "state.backend.type=" + store));
        if (!store.equals("hashmap")) {
            arguments.addAll(List.of("-D", "execution.checkpointing.incremental=true"));
            arguments.addAll(List.of("-D", "execution.checkpointing.local-backup.enabled=true"));
            arguments.addAll(List.of("-D", "execution.state-recovery.from-local=true"));
            // else files as small as these are part of the metadata, and have no copy
            arguments.addAll(List.of("-D", "execution.checkpointing.data-inline-threshold=0"));
            // some of the state in either tier
            arguments.addAll(List.of("-D", "weir.tiered.heap.memory-fraction=0.00001"));
        }
        arguments.addAll(List.of(
                "-c",
                Ledger.class.getName(),
                jar.toString(),
                dir.resolve("out").toString(),
                Long.toString(records),
                Long.toString(RATE)));
        File err = dir.resolve("err").toFile();
        return WeirProcess.of(List.of(), arguments)
                .redirectError(ProcessBuilder.Redirect.appendTo(err))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

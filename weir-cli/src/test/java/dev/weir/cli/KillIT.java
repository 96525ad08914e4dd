package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed with SIGKILL at any instant, and started again with the same command, writes what an undisturbed
 * one writes. How often and when is {@code weir.kills} and {@code weir.seed}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KillIT {
    private static final int KILLS = Integer.getInteger("weir.kills", 4);
    private static final long SEED = Long.getLong("weir.seed", 1);
    private static final long RATE = 2000;

    @TempDir
    Path dir;

    @Test
    void whatIsWrittenDoesNotHangOnKills() throws Exception {
        Random random = new Random(SEED);
        long records = 4000 + 1000L * KILLS;
        Path jar = JarOf.examples(dir, null);
        int kills = 0;
        while (true) {
            Process process = start(jar, records);
            try {
                // from before the first checkpoint to well behind it
                boolean ended = kills < KILLS
                        ? process.waitFor(1000 + random.nextInt(3000), TimeUnit.MILLISECONDS)
                        : process.waitFor(5, TimeUnit.MINUTES);
                if (ended) {
                    assertThat(process.exitValue())
                            .as("after " + kills + " kills, seed=" + SEED + ": " + Files.readString(dir.resolve("err")))
                            .isZero();
                    break;
                }
                kills++;
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        assertThat(kills).as("kills").isPositive();
        LedgerOutput.check(dir.resolve("out"), records, "kills=" + kills + ", seed=" + SEED);
    }

    @Test
    void sigtermSuspendsAndTheSameCommandGoesOn() throws Exception {
        long records = 6000;
        Path jar = JarOf.examples(dir, null);
        Process first = start(jar, records);
        try {
            assertThat(first.waitFor(4, TimeUnit.SECONDS)).isFalse();
            first.destroy();
            assertThat(first.waitFor()).isEqualTo(143);
            assertThat(Files.readString(dir.resolve("err"))).contains("weir: suspended");
        } finally {
            first.destroyForcibly();
        }
        Process second = start(jar, records);
        try {
            assertThat(second.waitFor())
                    .as(Files.readString(dir.resolve("err")))
                    .isZero();
        } finally {
            second.destroyForcibly();
        }
        LedgerOutput.check(dir.resolve("out"), records, "suspended once");
    }

    private Process start(Path jar, long records) throws IOException {
        List<String> arguments = List.of(
                "run",
                "--data-dir",
                dir.resolve("data").toString(),
                "-c",
                Ledger.class.getName(),
                jar.toString(),
                dir.resolve("out").toString(),
                Long.toString(records),
                Long.toString(RATE));
        File err = dir.resolve("err").toFile();
        return WeirProcess.of(List.of(), arguments)
                .redirectError(ProcessBuilder.Redirect.appendTo(err))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

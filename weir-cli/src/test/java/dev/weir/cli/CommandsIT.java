package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.example.Endless;
import org.example.HotCustomer;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands on jobs of other processes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandsIT extends ProcessTests {
    private static final long RECORDS = 60_000;

    /** Of records in a second: lasts for minutes, or is soon over. */
    private static final long SLOW = 400;

    private static final long FAST = 1_000_000;

    @Test
    void aStoppedJobGoesOnFromItsSavepoint() throws Exception {
        String[] rocksDbKeepingCheckpoints = {
            "-D", "state.backend.type=rocksdb", "-D", "execution.checkpointing.num-retained=100"
        };
        Process first = ledger("first", SLOW, rocksDbKeepingCheckpoints);
        awaitCheckpoint("ledger");
        awaitStateOfAllKeys("ledger");
        Path saved = savepoint(weir("savepoint", "ledger", dir.resolve("saved").toString()));
        assertThat(saved).hasParent(dir.resolve("saved"));
        assertThat(saved.resolve("_metadata")).exists();
        assertThat(weir("state", saved.toString(), "--largest", "1").out().lines())
                .anyMatch(line -> line.matches(".*  timers +- +50 +[0-9.]+ K?B +[0-9.]+ B +-"))
                .anyMatch(line -> line.matches("KeyedProcess +count +value +50 +50 +[0-9.]+ K?B +[0-9.]+ B +-"));
        assertThat(weir("checkpoint", "ledger").out()).startsWith("Checkpoint completed. Path: file:");
        assertThat(weir("state", "ledger", "--since", saved.toString()).out())
                .containsPattern("Now, by estimate:\n(.*\n)*KeyedProcess +count +[1-9][0-9]* +[0-9.]+ .?B +")
                .containsPattern("KeyedProcess +count +value +50 +50 +[0-9.]+ K?B +[0-9.]+ B +[+-][0-9.]+ .?B/h")
                .containsPattern("Checkpoints [0-9]+ to [0-9]+: the full size grew by .*, a checkpoint wrote ");
        assertThat(weir("savepoint", "--dispose", saved.toString()).code()).isZero();
        assertThat(saved).doesNotExist();

        Path stopped = savepoint(weir("stop", "ledger"));
        assertThat(first.waitFor()).as(err("first")).isZero();
        assertThat(stopped).hasParent(dir.resolve("data/savepoints"));
        assertThat(weir("list").out()).isEmpty();

        Process second = ledger("second", FAST, "-s", stopped.toString(), "-p", "1");
        assertThat(second.waitFor()).as(err("second")).isZero();
        LedgerOutput.check(dir.resolve("out"), RECORDS, "stopped once");
    }

    @Test
    void anUpgradeGoesOnUnderTheOldKeyOrSaysHowToGoBack() throws Exception {
        Process first = ledger("first", SLOW, "--job-key", "the ledger", "-p", "2");
        awaitCheckpoint("ledger");
        assertThat(weir("checkpoints", "ledger").out()).contains("completed ", "  checkpoint  ", "p99");
        assertThat(weir("state", "ledger").out())
                .containsPattern("Now, by estimate:\n(.*\n)*KeyedProcess +count +[1-9][0-9]* +[0-9.]+ .?B +");
        assertThat(weir("top", "--once", "--interval", "2", "ledger").out().lines())
                .anyMatch(line -> line.matches("process " + first.pid() + ": heap .*"))
                .anyMatch(line -> line.matches("ledger RUNNING, [0-9a-f]{32}, checkpoint [0-9]+ is [0-9]+ s old"))
                .anyMatch(line -> line.matches("VERTEX +TASKS +BUSY .*"))
                .anyMatch(line -> line.matches("Source.* +2 +[0-9]+ % +[0-9]+ % +0 % +OK +[0-9]+ +[1-9][0-9]* .*"));
        Path next = Files.copy(jar, dir.resolve("next.jar"));

        Invocation failed = weir("upgrade", "-c", "org.example.Throws", "the ledger", next.toString());
        assertThat(first.waitFor()).as(err("first")).isZero();
        assertThat(failed.code()).isEqualTo(ExitCode.FAILED);
        String back = "; go back with: weir ";
        assertThat(failed.err()).contains(back);

        String[] words = failed.err()
                .substring(failed.err().indexOf(back) + back.length())
                .strip()
                .replace("'the ledger'", "the_ledger")
                .split(" ");
        assertThat(words)
                .startsWith("run", "--job-key", "the_ledger", "--fresh", "-s")
                .contains(jar.toString());
        words[2] = "the ledger";
        Process again = run("again", List.of(words).subList(1, words.length).toArray(String[]::new));
        awaitCheckpoint("ledger");
        Process upgraded = start(
                "upgraded",
                "upgrade",
                "ledger",
                next.toString(),
                dir.resolve("out").toString(),
                Long.toString(RECORDS),
                Long.toString(FAST));
        assertThat(upgraded.waitFor()).as(err("upgraded")).isZero();
        assertThat(again.waitFor()).isZero();
        assertThat(err("upgraded"))
                .containsPattern("weir run --job-key 'the ledger' -s \\S+/savepoint-\\S+ -c")
                .contains(next.toString());
        LedgerOutput.check(dir.resolve("out"), RECORDS, "upgraded");
    }

    @Test
    void aCancelledJobEndsItsProcessWithoutAnError() throws Exception {
        Process process = run("endless", "-c", Endless.class.getName(), jar.toString());
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("running");
        String list = weir("list").out();
        assertThat(list).contains("  RUNNING  ").contains("  " + process.pid() + "  ");
        String id = list.lines().skip(1).findFirst().orElseThrow().split(" ")[0];
        Invocation cancelled = weir("cancel", id.substring(0, 6));
        assertThat(cancelled.err()).isEmpty();
        assertThat(cancelled.out()).isEqualTo("Cancelled job " + id + "." + System.lineSeparator());
        assertThat(process.waitFor()).isZero();
        assertThat(err("endless").lines().filter(line -> !line.startsWith("weir: http://")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("a restart begins at zero"),
                        line -> assertThat(line).endsWith("was cancelled by another command"));
    }

    @Test
    void whyNamesWhoHoldsAJobUp() throws Exception {
        run("pricing", "-p", "2", "-c", HotCustomer.class.getName(), jar.toString());
        String list = weir("list").out();
        while (!list.contains("  RUNNING  ")) {
            list = weir("list").out();
        }
        Invocation told = weir("why", "pricing");
        while (told.out().contains("nobody is held back")) {
            told = weir("why", "pricing");
        }
        assertThat(told.err()).isEmpty();
        assertThat(told.code()).isZero();
        assertThat(told.out().lines())
                .anyMatch(line -> line.matches("pricing RUNNING, [0-9a-f]{32}"))
                .anyMatch(line -> line.matches("[1-9][0-9]* looks at stacks within [0-9.]+ s, .*"))
                .anyMatch(line -> line.matches("price -> Sink: Writer holds back Source: orders, and is busy .*"))
                .anyMatch(line -> line.matches("  user code: [0-9]+ % of the busy time, most in org.example.HotC.*"))
                .anyMatch(line -> line.matches("  hot key customer-7: [67][0-9] % of the records"))
                .anyMatch(line -> line.matches("customer-7 +[67][0-9] % +[12]"));
        assertThat(weir("top", "--once", "--interval", "0.5", "pricing").out())
                .contains("held up by price -> Sink: Writer; weir why ");
    }

    @Test
    void aKilledProcessIsNotListed() throws Exception {
        Process process = run("endless", "-c", Endless.class.getName(), jar.toString());
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("running");
        assertThat(dir.resolve("data/run")).isNotEmptyDirectory();
        process.destroyForcibly().waitFor();
        assertThat(weir("list").out()).isEmpty();
        assertThat(dir.resolve("data/run")).isEmptyDirectory();
    }

    private Process ledger(String name, long rate, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(List.of(
                "-c",
                Ledger.class.getName(),
                jar.toString(),
                dir.resolve("out").toString(),
                Long.toString(RECORDS),
                Long.toString(rate)));
        return run(name, command.toArray(String[]::new));
    }

    private void awaitCheckpoint(String job) throws Exception {
        while (true) {
            String list = weir("list").out();
            if (list.lines().anyMatch(line -> line.contains("  " + job + "  RUNNING  ") && !line.endsWith("-"))) {
                return;
            }
        }
    }

    private void awaitStateOfAllKeys(String job) throws InterruptedException {
        Pattern all = Pattern.compile("KeyedProcess +count +value +50 +50 ");
        while (!all.matcher(weir("state", job).out()).find()) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static Path savepoint(Invocation result) {
        String before = "Savepoint completed. Path: file:";
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith(before);
        assertThat(result.code()).isZero();
        return Path.of(result.out().strip().substring(before.length()));
    }

    private String err(String name) throws IOException {
        return Files.readString(dir.resolve(name + ".err"));
    }

    private Process run(String name, String... options) throws IOException {
        return start(name, "run", options);
    }

    private Process start(String name, String command, String... options) throws IOException {
        return start(builder(command, options)
                .redirectError(dir.resolve(name + ".err").toFile()));
    }

    private Invocation weir(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        Invocation invocation =
                new Invocation().with(Settings.DATA_DIR, dir.resolve("data").toString());
        invocation.run(line.toArray(String[]::new));
        return invocation;
    }

    private ProcessBuilder builder(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = WeirProcess.of(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"), line);
        builder.environment().put(Settings.DATA_DIR, dir.resolve("data").toString());
        return builder;
    }
}

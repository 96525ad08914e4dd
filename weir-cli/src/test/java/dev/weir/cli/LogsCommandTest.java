package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.control.ControlServer;
import dev.weir.cli.control.FakeJob;
import dev.weir.cli.control.JobControl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of a process that is this one. */
class LogsCommandTest {
    private static final String FILE = "log.file";

    @TempDir
    Path data;

    private final Invocation weir = new Invocation();
    private Path log;
    private ControlServer server;

    @BeforeEach
    void open() throws Exception {
        weir.with(Settings.DATA_DIR, data.toString());
        log = data.resolve("weir.log");
        Files.writeString(log, "first\nsecond\n" + "third ".repeat(50_000) + "\nlast\n");
        System.setProperty(FILE, log.toString());
        server = open("a1000000000000000000000000000000", "orders");
    }

    private ControlServer open(String id, String name) {
        FakeJob job = new FakeJob(id, name);
        return Objects.requireNonNull(ControlServer.open(
                data, new JobControl(() -> List.of(job), key -> name, new Configuration(), null, data)));
    }

    @AfterEach
    void close() {
        server.close();
        System.clearProperty(FILE);
    }

    private String printed(String... arguments) {
        List<String> line = new java.util.ArrayList<>(List.of("logs"));
        line.addAll(List.of(arguments));
        weir.run(line.toArray(String[]::new));
        assertThat(weir.code()).as(weir.err()).isZero();
        return weir.out();
    }

    @Test
    void theLogIsPrintedWhollyOrItsLastLines() throws Exception {
        String all = Files.readString(log);

        assertThat(printed()).isEqualTo(all);
        assertThat(printed("orders")).isEqualTo(all);
        assertThat(printed("-n", "0")).isEmpty();
        assertThat(printed("-n", "1")).isEqualTo("last\n");
        // longer than what is read at once
        assertThat(printed("--lines", "3")).isEqualTo(all.substring("first\n".length()));
        assertThat(printed("-n", "4")).isEqualTo(all);
        assertThat(printed("-n", "400", "orders")).isEqualTo(all);
        assertThat(printed("--path")).isEqualTo(log + System.lineSeparator());
    }

    @Test
    void withoutAFileItSaysWhereTheProcessLogsTo() throws Exception {
        Files.delete(log);

        weir.run("logs", "orders");

        if (weir.code() != 0) { // else the tests' standard error is a file
            assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
            assertThat(weir.err()).contains("has no log file: it logs to its standard error");
        }
        weir.run("logs", "-n", "many");
        assertThat(weir.code()).isNotZero();
    }

    @Test
    void amongSeveralProcessesOneHasToBeNamed() {
        try (ControlServer other = open("b1000000000000000000000000000000", "clicks")) {
            assertThat(other).isNotNull();
            weir.run("logs");
            assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
            assertThat(weir.err()).contains("2 processes of the data directory").contains("say which by a JOB");
            assertThat(printed("clicks")).isNotEmpty();
        }
    }
}

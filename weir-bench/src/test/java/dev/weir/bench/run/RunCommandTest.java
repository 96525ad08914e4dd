package dev.weir.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class RunCommandTest {
    @Test
    void nativeTakesAValue() {
        ParseResult parsed = new CommandLine(new RunCommand()).parseArgs("--native", "false", "shuffle");
        assertThat(parsed.matchedOptionValue("--native", true)).isFalse();
        assertThat(parsed.matchedPositionalValue(0, List.<String>of())).containsExactly("shuffle");
    }

    @Test
    void anUnknownJobIsRefused() {
        StringWriter err = new StringWriter();
        int code =
                new CommandLine(new Main()).setErr(new PrintWriter(err, true)).execute("run", "no-such-job");
        assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("no such job: no-such-job");
    }
}

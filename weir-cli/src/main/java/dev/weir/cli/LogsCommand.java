package dev.weir.cli;

import dev.weir.cli.control.ControlClient;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views.Logs;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code weir logs}: what a process has logged, wherever it logs to, if that is a file. */
final class LogsCommand {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long LOOK_MILLIS = 200;

    private final PrintStream out;

    LogsCommand(PrintStream out) {
        this.out = out;
    }

    static CommandSpec spec() {
        CommandSpec spec = JobCommands.spec(
                "logs", "Prints the log of a job's process, or of the only process that there is.", "[JOB]");
        CommandOptions.option(spec, "N", "The last N lines only.", "-n", "--lines");
        CommandOptions.flag(spec, "Goes on with what is logged from now on, until the process ends.", "-f", "--follow");
        CommandOptions.flag(spec, "Prints the log's path only.", "--path");
        return spec;
    }

    void run(ParseResult parsed, List<String> arguments, Path data) throws UsageException, ControlException {
        ControlClient process = process(arguments, data);
        Path file = file(process);
        if (parsed.hasMatchedOption("--path")) {
            out.println(file);
            return;
        }
        String lines = parsed.matchedOptionValue("-n", (String) null);
        if (lines != null && !lines.matches("[0-9]{1,9}")) {
            throw new UsageException("--lines=" + lines + " is no number");
        }
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            log.seek(lines == null ? 0 : tail(log, Long.parseLong(lines)));
            copy(log);
            if (parsed.hasMatchedOption("-f")) {
                follow(log, process);
            }
        } catch (IOException e) {
            throw new ControlException("the log cannot be read: " + e.getMessage(), e);
        }
    }

    private ControlClient process(List<String> arguments, Path data) throws UsageException, ControlException {
        if (!arguments.isEmpty()) {
            return LiveJobs.of(data).select(arguments.get(0)).process();
        }
        List<ControlClient> all = ControlClient.all(data);
        if (all.size() != 1) {
            throw new UsageException((all.isEmpty() ? "no process" : all.size() + " processes")
                    + " of the data directory " + data + (all.isEmpty() ? " runs" : " run; say which by a JOB"));
        }
        return all.get(0);
    }

    /** The configured file, else what standard error goes to. */
    private static Path file(ControlClient process) throws ControlException {
        Logs logs = process.logs();
        for (@Nullable String named : new @Nullable String[] {logs.file(), logs.standardError()}) {
            if (named != null && Files.isRegularFile(Path.of(named))) {
                return Path.of(named);
            }
        }
        throw new ControlException("process " + process.pid() + " has no log file: it logs to its standard error"
                + (logs.standardError() == null ? "" : ", which is " + logs.standardError())
                + "; send that to a file, or give it a log4j.properties");
    }

    /** Where the last lines begin. */
    private static long tail(RandomAccessFile log, long lines) throws IOException {
        long length = log.length();
        if (lines == 0) {
            return length;
        }
        byte[] buffer = new byte[BUFFER_BYTES];
        long ends = 0;
        for (long end = length; end > 0; ) {
            int size = (int) Math.min(buffer.length, end);
            log.seek(end - size);
            log.readFully(buffer, 0, size);
            for (int i = size - 1; i >= 0; i--) {
                long at = end - size + i;
                // the end of the last line is before none
                if (buffer[i] == '\n' && at < length - 1 && ++ends == lines) {
                    return at + 1;
                }
            }
            end -= size;
        }
        return 0;
    }

    private void copy(RandomAccessFile log) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = log.read(buffer); n > 0; n = log.read(buffer)) {
            out.write(buffer, 0, n);
        }
        out.flush();
    }

    private void follow(RandomAccessFile log, ControlClient process) throws IOException {
        boolean alive;
        do {
            // first this, so that the last words are read
            alive = ProcessHandle.of(process.pid()).isPresent();
            if (log.length() < log.getFilePointer()) {
                log.seek(0); // begun anew
            }
            copy(log);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
        } while (alive && !Thread.interrupted());
    }
}

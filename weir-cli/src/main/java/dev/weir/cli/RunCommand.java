package dev.weir.cli;

import dev.weir.cli.control.ControlServer;
import dev.weir.cli.control.JobControl;
import dev.weir.cli.control.Views.Run;
import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.program.ProgramRun;
import dev.weir.flink.session.OutOfMemoryListener;
import dev.weir.flink.session.WeirSession;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.LoggerFactory;

/** {@code weir run}: one program, its jobs in one session, until all have ended. */
final class RunCommand {
    /** How often the script that supervises has started this command again. */
    private static final String RESTARTS = "WEIR_RESTARTS";

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    RunCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    int run(RunOptions options) throws UsageException {
        File confDir = Settings.confDir(options.configDir(), environment);
        Logging.configure(options.logConfig(), options.verbose(), confDir, environment);
        Launch launch = Launch.of(
                Settings.of(options, confDir), Settings.dataDir(options.dataDir(), environment), environment, err);
        FailureReport report = new FailureReport(err, options.verbose(), options.jar());
        try (Program program = Program.open(
                options.jar(),
                options.mainClass(),
                options.classpaths(),
                options.arguments(),
                launch.configuration())) {
            return options.explain() ? explain(program) : run(program, options, options.view(confDir), launch, report);
        } catch (ProgramException e) {
            report.program(e);
            return code(e);
        }
    }

    private int explain(Program program) throws ProgramException {
        try {
            ExplanationText.print(ProgramRun.explain(program), out);
            return ExitCode.FINISHED;
        } catch (InterruptedException e) {
            return ExitCode.INTERRUPTED;
        }
    }

    private int run(Program program, RunOptions options, Run view, Launch launch, FailureReport report) {
        Path data = launch.data();
        Path times = data.resolve("out-of-memory")
                .resolve(UUID.nameUUIDFromBytes(key(program, options).getBytes(StandardCharsets.UTF_8))
                        .toString());
        try (WeirSession session = new WeirSession(launch.configuration());
                MemoryWatch watch = new MemoryWatch(launch.outOfMemory(), session::jobs, times, err)) {
            session.tell(watch);
            DurableJobs jobs = new DurableJobs(session, data, key(program, options), beginsAnew(options), err);
            ProgramRun run = new ProgramRun(program, jobs);
            JobControl control =
                    new JobControl(session::jobs, jobs::key, launch.configuration(), view, launch.savepoints());
            try (ControlServer server = ControlServer.open(data, control);
                    Rest rest = Rest.start(session, launch.rest(), control, err);
                    EndOnSignal shutdown =
                            new EndOnSignal(new EndOnSignal.Ending(run::jobs, run::cancel, run::suspend), err, rest)) {
                return await(run, shutdown, control, report, watch);
            }
        }
    }

    /** A process that was restarted for another that has died goes on, even if that one was to begin anew. */
    private boolean beginsAnew(RunOptions options) {
        return options.fresh() && environment.getOrDefault(RESTARTS, "0").equals("0");
    }

    /** What tells a program from others: given, or what is run with which arguments. */
    private static String key(Program program, RunOptions options) {
        String given = options.jobKey();
        if (given != null) {
            return given;
        }
        List<String> parts = new ArrayList<>();
        parts.add(options.jar().toAbsolutePath().normalize().toString());
        parts.add(program.mainClass().getName());
        parts.addAll(options.arguments());
        return String.join(" ", parts);
    }

    private static int await(
            ProgramRun run,
            EndOnSignal shutdown,
            JobControl control,
            FailureReport report,
            OutOfMemoryListener memory) {
        ProgramException failure = null;
        try {
            run.run();
        } catch (ProgramException e) {
            LoggerFactory.getLogger(RunCommand.class).info("the program failed", e);
            failure = e;
            OutOfMemoryError error = OutOfMemoryListener.in(e);
            if (error != null) {
                memory.outOfMemory(error, null);
            }
        } catch (InterruptedException e) {
            return ExitCode.INTERRUPTED;
        }
        if (shutdown.begun()) {
            return ExitCode.INTERRUPTED;
        }
        if (report.cancelled(run.jobs(), control::hasCancelled) && FailureReport.isCancellation(failure)) {
            failure = null;
        }
        return report.run(run.jobs(), failure) ? ExitCode.FAILED : ExitCode.FINISHED;
    }

    private static int code(ProgramException e) {
        return switch (e.reason()) {
            case MAIN_FAILED, NO_JOB, OTHER_FLINK -> ExitCode.FAILED;
            case NO_SUCH_JAR, NOT_A_JAR, NO_MAIN_CLASS, CLASS_NOT_FOUND, NO_MAIN_METHOD, BAD_CLASSPATH, PYTHON ->
                ExitCode.USAGE;
        };
    }
}

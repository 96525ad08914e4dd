package dev.weir.cli;

import dev.weir.cli.control.ControlServer;
import dev.weir.cli.control.JobControl;
import dev.weir.cli.control.Views;
import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.server.JobIntake;
import dev.weir.server.RestServer;
import dev.weir.server.RestSettings;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code weir serve}: many jobs in one process, which share its slots. They come over HTTP, and outlive the process: the same
 * command goes on with those that had not ended.
 */
final class ServeCommand {
    private final Map<String, String> environment;
    private final PrintStream err;

    ServeCommand(Map<String, String> environment, PrintStream err) {
        this.environment = environment;
        this.err = err;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("serve");
        spec.usageMessage()
                .description(
                        "Runs jobs that come over HTTP, from flink run -m, the web UI or curl, in this process, until it is"
                                + " ended. Goes on with those that an earlier one has left.",
                        "")
                .customSynopsis("weir serve [OPTIONS]")
                .footer(
                        "",
                        "Jobs are taken with -D web.submit.enable=true -D weir.rest.token=TOKEN only.",
                        "Ctrl-C cancels all jobs; SIGTERM suspends them, and the same command goes on with them.",
                        "Exit codes: 1 another process serves the data directory or no port is free, 2 bad usage,"
                                + " 3 out of memory, 130 interrupted, 143 terminated.");
        CommandOptions.repeated(
                spec, "KEY=VALUE", "Any option of Flink's configuration; overrides config.yaml; repeatable.", "-D");
        CommandOptions.flag(
                spec,
                "Serves again whenever the process was killed, crashed or ran out of memory. Must be the first option.",
                "--supervise");
        CommandOptions.option(
                spec,
                "DIR",
                "Directory with config.yaml and log4j.properties. Default: as for weir run.",
                "--config-dir");
        CommandOptions.dataDir(spec);
        CommandOptions.option(spec, "FILE", "Log4j 2 configuration. Default: as for weir run.", "--log-config");
        CommandOptions.flag(spec, "Prints stack traces.", "-v", "--verbose");
        CommandOptions.help(spec);
        return spec;
    }

    /** Of a process that serves: with as many slots as there are processors, where it does not say how many. */
    static Configuration configuration(ParseResult parsed, Map<String, String> environment) throws UsageException {
        Configuration configuration = Settings.of(
                parsed.matchedOptionValue("-D", List.<String>of()),
                Settings.confDir(parsed.matchedOptionValue("--config-dir", (String) null), environment));
        if (!configuration.contains(TaskManagerOptions.NUM_TASK_SLOTS)) {
            configuration.set(
                    TaskManagerOptions.NUM_TASK_SLOTS, Runtime.getRuntime().availableProcessors());
        }
        configuration.set(DeploymentOptions.TARGET, "local");
        return configuration;
    }

    int run(ParseResult parsed) throws UsageException {
        if (parsed.hasMatchedOption("--supervise")) {
            throw new UsageException(
                    "--supervise is a matter of the weir script, and its first option: weir serve --supervise [OPTIONS]");
        }
        File confDir = Settings.confDir(parsed.matchedOptionValue("--config-dir", (String) null), environment);
        Logging.configure(
                parsed.matchedOptionValue("--log-config", (String) null),
                parsed.hasMatchedOption("-v"),
                confDir,
                environment);
        Configuration configuration = configuration(parsed, environment);
        Path data = Settings.dataDir(parsed.matchedOptionValue("--data-dir", (String) null), environment);
        if (!configuration.contains(WebOptions.UPLOAD_DIR)) {
            configuration.set(WebOptions.UPLOAD_DIR, data.resolve("uploads").toString());
        }
        Launch launch = Launch.of(configuration, data, environment, err);
        RestSettings settings = launch.rest()
                .orElseThrow(() -> new UsageException("weir.rest.enabled=false leaves no way for jobs to come"));
        try (WeirSession session = WeirSession.withQuotas(launch.configuration());
                JobIntake intake = JobIntake.keeping(session, data);
                MemoryWatch watch = new MemoryWatch(
                        launch.outOfMemory(),
                        session::jobs,
                        data.resolve("out-of-memory").resolve("serve"),
                        err)) {
            session.tell(watch);
            JobControl control = JobControl.serving(
                    session::jobs,
                    launch.configuration(),
                    program -> run(program, intake, launch.configuration()),
                    launch.savepoints());
            return serve(session, intake, settings, control, data);
        } catch (IOException e) {
            err.println("weir: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private static List<WeirJob> run(Views.Run wanted, JobIntake intake, Configuration own)
            throws UsageException, ProgramException, InterruptedException {
        Configuration configuration = JobIntake.forPrograms(own);
        configuration.addAll(Settings.of(wanted.properties(), null));
        configuration.set(DeploymentOptions.ATTACHED, false);
        if (wanted.parallelism() != null) {
            configuration.set(CoreOptions.DEFAULT_PARALLELISM, wanted.parallelism());
        }
        List<URL> classpaths = new ArrayList<>();
        for (String each : wanted.classpaths()) {
            classpaths.add(RunOptions.classpath(each));
        }
        try (Program program = Program.open(
                RunOptions.path(wanted.jar()), wanted.mainClass(), classpaths, wanted.arguments(), configuration)) {
            return intake.run(program);
        }
    }

    private int serve(WeirSession session, JobIntake intake, RestSettings settings, JobControl control, Path data)
            throws IOException {
        Last last = new Last(intake);
        try (ControlServer server = ControlServer.open(data, control);
                EndOnSignal shutdown = new EndOnSignal(
                        new EndOnSignal.Ending(session::jobs, session::cancel, session::suspend), err, last)) {
            // before others can come
            for (WeirJob job : intake.resume(this::problem)) {
                err.println("weir: goes on with job '" + job.name() + "', " + job.jobId());
            }
            if (settings.warning() != null) {
                err.println("weir: " + settings.warning());
            }
            RestServer rest = RestServer.open(session, settings, control::cancelling, intake);
            last.rest(rest);
            control.servedAt(rest.url());
            err.println("weir: " + rest.url());
            if (settings.uploadBytesMax() == 0) {
                err.println(
                        "weir: no jobs are taken; -D web.submit.enable=true -D weir.rest.token=TOKEN lets them come");
            }
            // the end is the hook's
            new CountDownLatch(1).await();
            return ExitCode.FINISHED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        } finally {
            // whatever went wrong, the same command goes on with what was started
            session.suspend();
            last.close();
        }
    }

    private void problem(String job, Exception problem) {
        err.println("weir: job " + job + " is left for another try: " + problem.getMessage()
                + (problem.getCause() == null ? "" : ": " + problem.getCause().getMessage()));
    }

    /** What is closed when the jobs have ended, by whoever comes first. */
    private static final class Last implements AutoCloseable {
        private final JobIntake intake;
        private @Nullable RestServer rest;

        Last(JobIntake intake) {
            this.intake = intake;
        }

        synchronized void rest(RestServer opened) {
            rest = opened;
        }

        @Override
        public synchronized void close() {
            IOUtils.closeQuietly(rest);
            rest = null;
            IOUtils.closeQuietly(intake);
        }
    }
}

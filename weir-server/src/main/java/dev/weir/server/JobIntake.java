package dev.weir.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.engine.jobstore.JobHeldException;
import dev.weir.engine.jobstore.JobLock;
import dev.weir.engine.jobstore.JobRecord;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.engine.storage.AtomicFile;
import dev.weir.engine.storage.Disk;
import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.program.ProgramRun;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.cache.DistributedCache.DistributedCacheEntry;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs that come with their jars and starts them, each in a directory of its own and with a class loader of its own, made
 * from copies of the jars. Where jobs are kept, their directory has the job too, {@linkplain #resume to be started again} by
 * another process as long as it has not ended. Thread-safe; methods block for the disk.
 */
public final class JobIntake implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobIntake.class);
    private static final String JARS = "jars";
    private static final String FILES = "files";
    private static final String CLASSPATHS = "classpaths";
    /** Complete where it is there: a directory without it is litter. */
    private static final String JOB = "job";

    private final WeirSession session;
    private final Path directory;
    private final @Nullable Path data;
    private final @Nullable JobLock lock;

    /** Of each job that was started, what comes after its end. */
    private final Map<WeirJob, CompletableFuture<Void>> ends = new ConcurrentHashMap<>();

    private JobIntake(WeirSession session, Path directory, @Nullable Path data, @Nullable JobLock lock) {
        this.session = session;
        this.directory = directory;
        this.data = data;
        this.lock = lock;
    }

    /** Of jobs that live in this process only. */
    static JobIntake passing(WeirSession session, Path directory) {
        return new JobIntake(session, directory, null, null);
    }

    /**
     * Of jobs that outlive the process.
     *
     * @param data the data directory, which no other process has an intake of until this one is closed
     * @throws IOException where one has
     */
    public static JobIntake keeping(WeirSession session, Path data) throws IOException {
        Path directory = data.resolve("serve");
        Disk.local().createDirectories(directory);
        ownersOnly(directory);
        try {
            return new JobIntake(session, directory, data, JobLock.take(directory, "serve"));
        } catch (JobHeldException e) {
            throw new IOException("process " + e.holder() + " serves " + data + " already", e);
        }
    }

    /** Jobs have their configuration with them. */
    private static void ownersOnly(Path directory) throws IOException {
        if (Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }

    /**
     * Waits until nothing is left of jobs that have ended, and lets another process have the data directory. Jobs that run go
     * on.
     */
    @Override
    public void close() throws IOException {
        ends.forEach((job, end) -> {
            if (job.result().isDone()) {
                end.join();
            }
        });
        if (lock != null) {
            lock.close();
        }
    }

    /** How a job is made when there is a class loader for it. */
    interface Plan {
        JobGraph with(ClassLoader userLoader) throws Exception;
    }

    /**
     * Starts a job.
     *
     * @param jars copied
     * @param files of its distributed cache by name, copied; other files are taken from where the job says
     */
    synchronized WeirJob take(JobID id, Plan plan, List<Path> jars, List<URL> classpaths, Map<String, Path> files)
            throws FlinkException, IOException {
        Optional<WeirJob> known = session.find(id);
        if (known.isPresent()) {
            throw known.get().status().isGloballyTerminalState()
                    ? DuplicateJobSubmissionException.ofGloballyTerminated(id)
                    : DuplicateJobSubmissionException.of(id);
        }
        Path own = directory.resolve(id.toHexString());
        delete(own);
        URLClassLoader loader = null;
        try {
            Disk.local().createDirectories(own.resolve(JARS));
            for (int i = 0; i < jars.size(); i++) {
                copy(jars.get(i), own.resolve(JARS).resolve(i + ".jar"));
            }
            Disk.local().syncDirectory(own.resolve(JARS));
            byte[] urls = classpaths.stream()
                    .map(URL::toString)
                    .collect(Collectors.joining("\n"))
                    .getBytes(UTF_8);
            Disk.local().write(own.resolve(CLASSPATHS), urls);
            loader = loader(own);
            JobGraph graph = graph(plan, loader);
            graph.setClasspaths(classpaths);
            keep(files, graph, own);
            byte[] job = InstantiationUtil.serializeObject(graph);
            if (data != null) {
                AtomicFile.replace(Disk.local(), own.resolve(JOB), job);
            }
            return start(id, own, job, loader);
        } catch (FlinkException | IOException | RuntimeException | Error e) {
            IOUtils.closeQuietly(loader);
            delete(own);
            throw e;
        }
    }

    /**
     * What a program that somebody sends is configured with, below what comes with it: the process's configuration without its
     * secrets, which would be kept with each job, and without what its own program was started from.
     */
    public static Configuration forPrograms(Configuration process) {
        Configuration configuration = new Configuration();
        process.toMap().forEach((key, value) -> {
            if (!GlobalConfiguration.isSensitive(key)) {
                configuration.setString(key, value);
            }
        });
        configuration.removeConfig(StateRecoveryOptions.SAVEPOINT_PATH);
        configuration.removeConfig(StateRecoveryOptions.RESTORE_MODE);
        configuration.removeConfig(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE);
        configuration.set(DeploymentOptions.ATTACHED, false);
        return configuration;
    }

    /** Runs a program; its jobs are taken, and go on when its {@code main} has returned. Blocks until then. */
    public List<WeirJob> run(Program program) throws ProgramException, InterruptedException {
        ProgramRun run = new ProgramRun(program, this::take);
        run.submit();
        return run.jobs();
    }

    private WeirJob take(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        List<Path> jars = new ArrayList<>();
        graph.getUserJars().forEach(jar -> jars.add(Path.of(jar.toUri())));
        try {
            return take(
                    graph.getJobID(), ignored -> graph.getJobGraph(userLoader), jars, graph.getClasspath(), Map.of());
        } catch (IOException e) {
            throw new FlinkException("job '" + graph.getJobName() + "' cannot be kept: " + e.getMessage(), e);
        }
    }

    /** The jars of a job that is kept, in the order in which its classes are looked for. */
    public static List<Path> jars(Path data, String jobId) {
        return jars(data.resolve("serve").resolve(jobId));
    }

    private static List<Path> jars(Path own) {
        List<Path> jars = new ArrayList<>();
        for (int i = 0; Files.exists(own.resolve(JARS).resolve(i + ".jar")); i++) {
            jars.add(own.resolve(JARS).resolve(i + ".jar"));
        }
        return jars;
    }

    private static JobGraph graph(Plan plan, ClassLoader loader) throws FlinkException {
        try {
            JobGraph graph = plan.with(loader);
            if (graph.getNumberOfVertices() == 0) {
                throw new FlinkException("the plan of job '" + graph.getName() + "' is empty: it has no operators");
            }
            return graph;
        } catch (FlinkException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new FlinkException("the plan cannot be read", e);
        }
    }

    private static void keep(Map<String, Path> files, JobGraph graph, Path own) throws IOException {
        int copied = 0;
        for (Map.Entry<String, Path> file : files.entrySet()) {
            DistributedCacheEntry entry = graph.getUserArtifacts().get(file.getKey());
            if (entry == null) {
                throw new IOException("the plan has no file '" + file.getKey() + "'");
            }
            // its name is seen by the job, a directory of its own keeps it from others of that name
            Path kept = own.resolve(FILES)
                    .resolve(Integer.toString(copied++))
                    .resolve(file.getValue().getFileName());
            Disk.local().createDirectories(kept.resolveSibling(""));
            copy(file.getValue(), kept);
            graph.getUserArtifacts()
                    .put(
                            file.getKey(),
                            new DistributedCacheEntry(
                                    kept.toUri().toString(), Boolean.TRUE.equals(entry.isExecutable), entry.isZipped));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to);
        try (FileChannel written = FileChannel.open(to, StandardOpenOption.WRITE)) {
            written.force(true);
        }
    }

    private URLClassLoader loader(Path own) throws IOException {
        List<URL> classpaths = new ArrayList<>();
        for (String url : Files.readAllLines(own.resolve(CLASSPATHS))) {
            classpaths.add(new URL(url));
        }
        List<URL> urls = new ArrayList<>();
        for (Path jar : jars(own)) {
            urls.add(jar.toUri().toURL());
        }
        return Program.loader(urls, classpaths, session.configuration());
    }

    /** The job is what its bytes say, as in the process that reads them later. */
    private WeirJob start(JobID id, Path own, byte[] bytes, URLClassLoader loader) throws FlinkException, IOException {
        JobGraph graph = read(bytes, loader);
        JobStore store = data != null && CheckpointingOptions.isCheckpointingEnabled(graph.getJobConfiguration())
                ? JobStore.open(data, id.toHexString())
                : null;
        WeirJob job = session.submit(graph, loader, store, status -> {
            // before anybody is told: who has heard of the end does not find the job running again
            if (data != null && !goesOn(status, store)) {
                forget(own);
            }
        });
        CompletableFuture<Void> end = job.result().thenAccept(result -> {
            IOUtils.closeQuietly(loader);
            if (data == null || !goesOn(result.status(), store)) {
                delete(own);
            }
        });
        ends.put(job, end);
        var unused = end.thenRun(() -> ends.remove(job));
        return job;
    }

    private static boolean goesOn(JobStatus status, @Nullable JobStore store) {
        return store == null
                ? !status.isGloballyTerminalState()
                : store.record().phase() != JobRecord.Phase.ENDED;
    }

    private static JobGraph read(byte[] bytes, ClassLoader loader) throws IOException {
        try {
            return InstantiationUtil.deserializeObject(bytes, loader);
        } catch (ClassNotFoundException e) {
            throw new IOException("the job needs a class that none of its jars has: " + e.getMessage(), e);
        }
    }

    /**
     * Starts the jobs that an earlier process has left, each where it was as far as it takes checkpoints.
     *
     * @param problems is told of jobs that cannot be started, by id; they stay for another try
     */
    public List<WeirJob> resume(BiConsumer<String, Exception> problems) throws IOException {
        List<WeirJob> resumed = new ArrayList<>();
        for (Path own : Disk.local().list(directory).stream().sorted().toList()) {
            String name = String.valueOf(own.getFileName());
            if (!name.matches("[0-9a-f]{32}")) {
                continue;
            }
            URLClassLoader loader = null;
            try {
                if (!Files.exists(own.resolve(JOB)) || hasEnded(name)) {
                    delete(own);
                    continue;
                }
                loader = loader(own);
                resumed.add(start(JobID.fromHexString(name), own, Files.readAllBytes(own.resolve(JOB)), loader));
            } catch (FlinkException | IOException | RuntimeException | LinkageError e) {
                IOUtils.closeQuietly(loader);
                problems.accept(name, e instanceof Exception failure ? failure : new FlinkException(e));
            }
        }
        return resumed;
    }

    /** Of a process that has died before it could delete the directory. */
    private boolean hasEnded(String id) throws IOException {
        JobRecord record = data == null ? null : JobStore.peek(data, id);
        return record != null && record.phase() == JobRecord.Phase.ENDED;
    }

    /** What is left is no job: to the next process too, if there is a loss of power now. */
    private static void forget(Path own) {
        try {
            if (Files.deleteIfExists(own.resolve(JOB))) {
                Disk.local().syncDirectory(own);
            }
        } catch (IOException e) {
            LOG.warn("the job in {} has ended, but may be started again", own, e);
        }
    }

    private static void delete(Path own) {
        forget(own);
        try {
            FileUtils.deleteDirectory(new File(own.toString()));
        } catch (IOException e) {
            LOG.warn("{} is left behind", own, e);
        }
    }
}

package dev.weir.server;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.blob.TransientBlobKey;
import org.apache.flink.runtime.blob.TransientBlobService;
import org.apache.flink.runtime.rest.messages.LogInfo;
import org.apache.flink.runtime.taskexecutor.FileType;
import org.jspecify.annotations.Nullable;

/**
 * The log of this process, on the pages of the job manager and of the task manager alike: where Flink looks for it, {@code
 * log.file} or {@code web.log.path}, with the output beside it. Where there is no such file, one that says so stands for it.
 * Thread-safe.
 */
final class LogFiles {
    private final File log;
    private final File output;
    private final Map<TransientBlobKey, File> handedOut = new ConcurrentHashMap<>();

    private LogFiles(File log, File output) {
        this.log = log;
        this.output = output;
    }

    /**
     * Finds them, and tells the configuration of the log where nothing else does.
     *
     * @param temporary a directory for what stands for files that are not there
     */
    static LogFiles find(Configuration configuration, Path temporary) throws IOException {
        String named = System.getProperty("log.file", configuration.get(WebOptions.LOG_PATH));
        File log = existing(named);
        File output = existing(named == null ? null : named.replaceFirst("\\.[^./]*$", "") + ".out");
        Path standIns = Files.createDirectories(temporary.resolve("logs"));
        if (log == null) {
            log = standIn(
                    standIns,
                    "no-log.log",
                    "The log of this process goes to no file that it knows of: weir run logs to"
                            + " its standard error unless --log-config, or log4j.properties in the configuration directory, says more.");
        }
        if (output == null) {
            output = standIn(standIns, "no-log.out", "The standard output of this process goes where it was started.");
        }
        if (named == null) {
            configuration.set(WebOptions.LOG_PATH, log.getPath());
        }
        return new LogFiles(log, output);
    }

    private static @Nullable File existing(@Nullable String path) {
        return path != null && new File(path).isFile() ? new File(path).getAbsoluteFile() : null;
    }

    private static File standIn(Path directory, String name, String text) throws IOException {
        return new File(Files.writeString(directory.resolve(name), text + "\n").toString());
    }

    File log() {
        return log;
    }

    File output() {
        return output;
    }

    /** The log and what is beside it. */
    Collection<LogInfo> list() {
        File[] beside = log.getParentFile().listFiles(File::isFile);
        return beside == null
                ? List.of()
                : Arrays.stream(beside)
                        .map(file -> new LogInfo(file.getName(), file.length(), file.lastModified()))
                        .toList();
    }

    /** A key by which Flink's handler fetches a file. */
    CompletableFuture<TransientBlobKey> handOut(FileType type) {
        return handOut(type == FileType.STDOUT ? output : log);
    }

    /** A key by which Flink's handler fetches a file that is beside the log. */
    CompletableFuture<TransientBlobKey> handOut(String name) {
        boolean beside = list().stream().anyMatch(file -> file.getName().equals(name));
        return beside
                ? handOut(new File(log.getParentFile(), name))
                : CompletableFuture.failedFuture(new FileNotFoundException("there is no such file beside the log"));
    }

    private CompletableFuture<TransientBlobKey> handOut(File file) {
        TransientBlobKey key = new TransientBlobKey();
        handedOut.put(key, file);
        return CompletableFuture.completedFuture(key);
    }

    /** What carries files between the processes of a cluster: here they are where they are. */
    TransientBlobService asBlobs() {
        return (TransientBlobService) Proxy.newProxyInstance(
                TransientBlobService.class.getClassLoader(),
                new Class<?>[] {TransientBlobService.class},
                (proxy, method, arguments) -> answer(method, arguments));
    }

    private Object answer(Method method, Object[] arguments) throws IOException {
        if (arguments != null && arguments.length == 1 && arguments[0] instanceof TransientBlobKey key) {
            if (method.getName().equals("deleteFromCache")) {
                return handedOut.remove(key) != null;
            }
            File file = handedOut.get(key);
            if (method.getName().equals("getFile") && file != null) {
                return file;
            }
        }
        throw new IOException(method.getName() + ": no files go between processes here");
    }
}

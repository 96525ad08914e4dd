package dev.weir.cli.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code <data>/run/<pid>-<random>} by which a process is found, readable by its user only. It is locked as long as
 * the process lives: the operating system lets the lock go at its death, so a file that nobody has locked is a dead
 * process's, whatever process has its id by now. Deleted by the process at its end, or by whoever finds it stale.
 */
final class Announcement implements AutoCloseable {
    private static final String HEADER = "weir-process 1";
    private static final String UNFINISHED = ".";

    /** Those of this process. A lock is the process's, so asking whether one's own is locked would let it go. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    /** What a process says of itself. */
    record Announced(long pid, int port, String token) {}

    private Announcement(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** @param suffix of the file's name: process ids come twice where machines or containers share a data directory */
    static Announcement make(Path data, String suffix, Announced announced) throws IOException {
        Path directory = directory(data);
        Files.createDirectories(directory, readableByOwner(directory, "rwx------"));
        Path file = directory.toRealPath().resolve(announced.pid() + "-" + suffix);
        Path unfinished = file.resolveSibling(UNFINISHED + file.getFileName());
        FileChannel channel = FileChannel.open(
                unfinished,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                readableByOwner(directory, "rw-------"));
        try {
            // under its name only when it is complete and locked: before it would be taken for stale
            if (channel.tryLock() == null) {
                throw new IOException(unfinished + " is locked by another process");
            }
            channel.write(ByteBuffer.wrap(text(announced).getBytes(StandardCharsets.US_ASCII)));
            OWN.add(file);
            move(unfinished, file);
            return new Announcement(file, channel);
        } catch (IOException | RuntimeException e) {
            OWN.remove(file);
            channel.close();
            Files.deleteIfExists(unfinished);
            throw e;
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to);
        }
    }

    private static Path directory(Path data) {
        return data.resolve("run");
    }

    /** Where the file system has no such permissions, the data directory's own protect the token. */
    private static FileAttribute<?>[] readableByOwner(Path directory, String permissions) {
        return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static String text(Announced announced) {
        return HEADER + "\npid " + announced.pid() + "\nport " + announced.port() + "\ntoken " + announced.token()
                + "\n";
    }

    /** The live processes of a data directory, the smallest process id first. Deletes what dead ones have left. */
    static List<Announced> live(Path data) throws IOException {
        List<Announced> live = new ArrayList<>();
        if (!Files.isDirectory(directory(data))) {
            return live;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(directory(data).toRealPath())) {
            for (Path file : files) {
                Announced announced = Files.isRegularFile(file) ? read(file) : null;
                if (announced != null) {
                    live.add(announced);
                }
            }
        }
        live.sort((one, other) -> Long.compare(one.pid(), other.pid()));
        return live;
    }

    private static @Nullable Announced read(Path file) throws IOException {
        if (file.getFileName().toString().startsWith(UNFINISHED)) {
            return null;
        }
        try {
            if (!OWN.contains(file) && deletedAsStale(file)) {
                return null;
            }
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return null; // the process has just ended
        }
    }

    private static boolean deletedAsStale(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            // shared, so that two who look at once do not take each other for the process
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
            if (lock != null) {
                Files.deleteIfExists(file);
            }
            return lock != null;
        }
    }

    private static @Nullable Announced parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.size() != 4 || !lines.get(0).equals(HEADER)) {
            return null; // another version's
        }
        try {
            return new Announced(
                    Long.parseLong(value(lines.get(1), "pid ")),
                    Integer.parseInt(value(lines.get(2), "port ")),
                    value(lines.get(3), "token "));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String value(String line, String name) {
        return line.startsWith(name) ? line.substring(name.length()) : "";
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            Files.deleteIfExists(file);
            channel.close();
            OWN.remove(file);
        }
    }
}

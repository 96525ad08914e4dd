package dev.weir.engine.memory;

import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory that this process may use at most.
 *
 * @param isContainer whether a limit of a control group is lower than what the machine has
 * @param group the directory of that control group, null where there is none
 */
public record HostMemory(long bytes, boolean isContainer, @Nullable Path group) {
    private static final Path PROC = Path.of("/proc");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");

    /** Without a control group. */
    public HostMemory(long bytes, boolean isContainer) {
        this(bytes, isContainer, null);
    }

    /** Where the kernel's files are read. */
    @FunctionalInterface
    public interface Files {
        /** The text of a file, null where there is none. */
        @Nullable
        String text(Path file);
    }

    /**
     * As the kernel says: a control group's limit, version 2 or 1, is that of the lowest of the groups above it.
     *
     * @param otherwise what the machine has where the kernel does not say
     */
    public static HostMemory read(Files files, LongSupplier otherwise) {
        long machine = machine(text(files, PROC.resolve("meminfo")), otherwise);
        HostMemory lowest = new HostMemory(machine, false);
        for (String line : text(files, PROC.resolve("self/cgroup")).split("\n", -1)) {
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (parts[0].equals("0") && parts[1].isEmpty()) {
                lowest = lowest(files, GROUPS, parts[2], "memory.max", lowest);
            } else if (("," + parts[1] + ",").contains(",memory,")) {
                lowest = lowest(files, GROUPS.resolve("memory"), parts[2], "memory.limit_in_bytes", lowest);
            }
        }
        return lowest;
    }

    private static String text(Files files, Path path) {
        String text = files.text(path);
        return text == null ? "" : text;
    }

    private static long machine(String meminfo, LongSupplier otherwise) {
        for (String line : meminfo.split("\n", -1)) {
            if (line.startsWith("MemTotal:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return otherwise.getAsLong();
    }

    /** In a container the group's path may be the host's, and then only the root of what is mounted is there. */
    private static HostMemory lowest(Files files, Path root, String group, String file, HostMemory known) {
        HostMemory lowest = known;
        Path path = root.resolve(group.replaceFirst("^/+", "")).normalize();
        while (path != null && path.startsWith(root)) {
            String text = text(files, path.resolve(file)).strip();
            if (text.matches("[0-9]{1,18}") && Long.parseLong(text) < lowest.bytes) {
                lowest = new HostMemory(Long.parseLong(text), true, path);
            }
            path = path.getParent();
        }
        return lowest;
    }
}

package dev.weir.engine.memory;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Memory in use as the kernel counts it, without pages of files, which it takes back when memory is short: what is left
 * is what a process, or a container, is killed for. Bytes; 0 where the kernel does not say.
 */
public final class UsedMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long KIBI = 1024;

    private UsedMemory() {}

    /** Of this process: its anonymous and its shared pages. */
    public static long ofProcess(HostMemory.Files files) {
        String status = files.text(STATUS);
        return KIBI * (figure(status, "RssAnon:") + figure(status, "RssShmem:"));
    }

    /** Of all processes of a control group, version 2 or 1, and of the groups below it. */
    public static long ofGroup(HostMemory.Files files, Path group) {
        String stat = files.text(group.resolve("memory.stat"));
        String current = files.text(group.resolve("memory.current"));
        if (current != null) {
            return Math.max(0, number(current) - figure(stat, "active_file") - figure(stat, "inactive_file"));
        }
        String usage = files.text(group.resolve("memory.usage_in_bytes"));
        long all = usage == null ? 0 : number(usage);
        return Math.max(0, all - figure(stat, "total_active_file") - figure(stat, "total_inactive_file"));
    }

    /** What is behind a name at the beginning of a line. */
    private static long figure(@Nullable String text, String name) {
        for (String line : text == null ? new String[0] : text.split("\n", -1)) {
            if (line.startsWith(name)
                    && line.length() > name.length()
                    && Character.isWhitespace(line.charAt(name.length()))) {
                return number(line.substring(name.length()));
            }
        }
        return 0;
    }

    private static long number(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 18 ? 0 : Long.parseLong(digits);
    }
}

package dev.weir.engine.memory;

/**
 * What a process has where nothing says how large it is: all that the container gives, or half of the machine, divided by
 * fractions whose minima fit 256 MB, below Flink's. What the user has set by itself is kept.
 */
public final class WeirProfile {
    public static final long PROCESS_MIN = 256 * Bytes.MEBI;
    private static final double OVERHEAD = 0.1;
    private static final double MANAGED = 0.2;
    private static final double NETWORK = 0.1;

    private WeirProfile() {}

    /** Whether this profile is what counts: no total is set, nor everything that would make one. */
    public static boolean applies(TaskManagerSettings settings) {
        return !settings.process().isSized()
                && !(settings.taskHeap().isGiven() && settings.managed().isGiven());
    }

    /** The whole of a container, half of a machine that has others on it, but never less than is needed to run. */
    public static long processBytes(HostMemory host) {
        long fitting = host.isContainer() ? host.bytes() : host.bytes() / 2;
        return Math.max(PROCESS_MIN, fitting / Bytes.MEBI * Bytes.MEBI);
    }

    /** The same settings with the profile in the place of Flink's defaults. */
    public static TaskManagerSettings of(TaskManagerSettings settings, long processBytes) {
        ProcessSettings process = settings.process();
        long sixteenth = Math.max(16 * Bytes.MEBI, Math.min(128 * Bytes.MEBI, processBytes / 16));
        return new TaskManagerSettings(
                new ProcessSettings(
                        process.process(),
                        new Setting(process.processSize().key(), processBytes, Setting.Presence.PROFILE),
                        process.flinkSize(),
                        process.metaspace()
                                .orProfile(Math.max(64 * Bytes.MEBI, Math.min(256 * Bytes.MEBI, processBytes / 4))),
                        process.overhead().orProfile(OVERHEAD, 64 * Bytes.MEBI, 1024 * Bytes.MEBI)),
                settings.frameworkHeap().orProfile(sixteenth),
                settings.frameworkOffHeap().orProfile(sixteenth),
                settings.taskHeap(),
                settings.taskOffHeap(),
                settings.managed(),
                settings.managedShare().orProfile(MANAGED, 0, Long.MAX_VALUE),
                settings.network().orProfile(NETWORK, 8 * Bytes.MEBI, 1024 * Bytes.MEBI));
    }
}

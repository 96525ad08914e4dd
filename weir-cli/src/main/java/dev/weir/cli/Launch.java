package dev.weir.cli;

import dev.weir.engine.memory.HostMemory;
import dev.weir.engine.memory.JvmShares;
import dev.weir.flink.config.KnownKeys;
import dev.weir.flink.memory.NetworkOptions;
import dev.weir.server.RestSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * What a process that runs jobs starts with.
 *
 * @param configuration what it was given, and what its memory is divided into: as in Flink, whose launcher tells its processes
 *     what it has derived
 * @param data where it keeps what outlives it
 */
record Launch(Configuration configuration, Optional<RestSettings> rest, OutOfMemory outOfMemory, Path data) {

    /** @param err told of keys that nobody knows */
    static Launch of(Configuration given, Path data, Map<String, String> environment, PrintStream err)
            throws UsageException {
        warn(given, err);
        HostMemory host = MemoryCommand.host();
        JvmShares shares = MemoryCommand.shares(given, host);
        Configuration configuration = new Configuration(given);
        configuration.set(
                TaskManagerOptions.MANAGED_MEMORY_SIZE,
                new MemorySize(shares.taskManager().managed().bytes()));
        NetworkOptions.derived(configuration, given, shares);
        Optional<RestSettings> rest = Rest.settings(configuration, shares.taskManager(), savepoints(data));
        FileSystems.initialise(configuration, environment);
        return new Launch(configuration, rest, new OutOfMemory(MemoryInUse.of(shares, host, given), given), data);
    }

    private static void warn(Configuration given, PrintStream err) {
        KnownKeys known = KnownKeys.read();
        for (String key : new TreeSet<>(given.keySet())) {
            if (!known.isKnown(key)) {
                err.println("weir: option " + key + " is unknown; the nearest is " + known.nearest(key));
            }
        }
    }

    /** Where savepoints go that nobody says a directory for. */
    Path savepoints() {
        return savepoints(data);
    }

    private static Path savepoints(Path data) {
        return data.resolve("savepoints");
    }
}

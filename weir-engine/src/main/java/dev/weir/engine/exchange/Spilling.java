package dev.weir.engine.exchange;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the results of blocking exchanges go that have no room in memory.
 *
 * @param directories for their files, taken in turns
 * @param segments of network memory that the result of one producer takes before it goes to a file, where there are enough;
 *     Flink's {@code taskmanager.network.sort-shuffle.min-buffers}
 */
public record Spilling(List<Path> directories, int segments) {
    public Spilling {
        directories = List.copyOf(directories);
        if (directories.isEmpty() || segments < 1) {
            throw new IllegalArgumentException(
                    "spilling needs directories=" + directories + " and segments=" + segments + " >= 1");
        }
    }
}

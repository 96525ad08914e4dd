package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which checkpoints need a file that several may need, be they complete or still written. A file goes when the last of
 * them does, so a checkpoint that fails takes with it what it alone had written, and nothing that another one reused.
 * Also keeps the checksums of files, which travel from the stream that wrote one to each manifest that names it.
 * Thread-safe.
 */
final class FileOwners {
    private final Map<Path, Set<Object>> owners = new HashMap<>();
    private final Map<Path, Integer> checksums = new HashMap<>();

    /** An owner is told apart by identity. */
    synchronized void add(Object owner, Collection<Path> files) {
        for (Path file : files) {
            owners.computeIfAbsent(file, unused -> Collections.newSetFromMap(new IdentityHashMap<>()))
                    .add(owner);
        }
    }

    /** Another owner of files that somebody needs. False, and nothing is changed, where one of them has gone. */
    synchronized boolean join(Object owner, Collection<Path> files) {
        if (!owners.keySet().containsAll(files)) {
            return false;
        }
        add(owner, files);
        return true;
    }

    synchronized void checksum(Path file, int crc32c) {
        checksums.put(file, crc32c);
    }

    synchronized OptionalInt checksum(Path file) {
        @Nullable Integer known = checksums.get(file);
        return known == null ? OptionalInt.empty() : OptionalInt.of(known);
    }

    /** Forgets a file that its writer deletes. */
    synchronized void forget(Path file) {
        owners.remove(file);
        checksums.remove(file);
    }

    /** Whether somebody needs a file. */
    synchronized boolean owned(Path file) {
        return owners.containsKey(file);
    }

    /** An owner needs nothing any more: the files that nobody needs now. */
    synchronized List<Path> release(Object owner) {
        List<Path> free = new ArrayList<>();
        owners.forEach((file, users) -> {
            if (users.remove(owner) && users.isEmpty()) {
                free.add(file);
            }
        });
        free.forEach(this::forget);
        return free;
    }

    /** Releases and deletes; tries every file. */
    void releaseAndDelete(Object owner) throws IOException {
        StoredFiles.delete(release(owner));
    }
}

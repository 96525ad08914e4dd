package dev.weir.engine.jobstore;

import dev.weir.engine.storage.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that loses power at a given operation. Afterwards it has of all names that were not synced any part, and
 * of the file that was being written any first bytes, or any at all.
 */
final class CrashingDisk implements Disk {
    /** Files by name, as a running process sees them. */
    private final Map<Path, byte[]> seen = new TreeMap<>();
    /** Files by name, as they are on the platter. */
    private Map<Path, byte[]> durable = new TreeMap<>();
    /** What happened to names since they were synced, in order. */
    private final List<Runnable> unsynced = new ArrayList<>();

    private final Random random;
    private int operationsLeft;

    CrashingDisk(Random random, int operationsLeft) {
        this.random = random;
        this.operationsLeft = operationsLeft;
    }

    /** Not an {@link IOException}: nobody handles the loss of power. */
    static final class PowerLoss extends Error {}

    /** What is there after the crash, on a disk that does not crash again. */
    CrashingDisk rebooted() {
        unsynced.stream().filter(change -> random.nextBoolean()).forEach(Runnable::run);
        CrashingDisk next = new CrashingDisk(random, Integer.MAX_VALUE);
        next.durable = durable;
        next.seen.putAll(durable);
        return next;
    }

    private boolean crashes() {
        return --operationsLeft == 0;
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public List<Path> list(Path directory) {
        return seen.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .toList();
    }

    @Override
    public byte[] read(Path file) throws IOException {
        byte[] bytes = seen.get(file);
        if (bytes == null) {
            throw new NoSuchFileException(file.toString());
        }
        return bytes;
    }

    @Override
    public void write(Path file, byte[] bytes) {
        if (crashes()) {
            byte[] torn = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            if (torn.length > 0 && random.nextBoolean()) {
                torn[random.nextInt(torn.length)] ^= 0x55;
            }
            unsynced.add(() -> durable.put(file, torn));
            throw new PowerLoss();
        }
        seen.put(file, bytes.clone());
        unsynced.add(() -> durable.put(file, bytes.clone()));
    }

    @Override
    public void syncDirectory(Path directory) {
        if (crashes()) {
            throw new PowerLoss();
        }
        unsynced.forEach(Runnable::run);
        unsynced.clear();
    }

    @Override
    public void move(Path from, Path to) {
        byte[] bytes = Objects.requireNonNull(seen.remove(from));
        seen.put(to, bytes);
        // A rename is one change of the directory, on the platter as well.
        unsynced.add(() -> {
            durable.remove(from);
            durable.put(to, bytes);
        });
        if (crashes()) {
            throw new PowerLoss();
        }
    }

    @Override
    public void delete(Path file) {
        if (seen.remove(file) != null) {
            unsynced.add(() -> durable.remove(file));
        }
        if (crashes()) {
            throw new PowerLoss();
        }
    }
}

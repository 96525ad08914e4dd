package dev.weir.testing.storage;

import dev.weir.engine.storage.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that loses power at a given operation, and of whose operations some fail. After a loss of power it has of
 * all names that were not synced any part, and of the file that was being written any first bytes, some of them wrong. A
 * write that fails leaves the like behind; a rename or a sync that fails may have happened nevertheless.
 */
public final class CrashingDisk implements Disk {
    private record Change(Path directory, Runnable onPlatter) {}

    /** Files by name, as a running process sees them. */
    private final Map<Path, byte[]> seen = new TreeMap<>();
    /** Files by name, as they are on the platter. */
    private Map<Path, byte[]> durable = new TreeMap<>();
    /** What happened to names since they were synced, in order. */
    private final List<Change> unsynced = new ArrayList<>();

    private final Random random;
    private long operationsLeft = Long.MAX_VALUE;
    private int failuresPerThousand;
    private long failures;

    /** An empty disk. */
    public CrashingDisk(Random random) {
        this.random = random;
    }

    /** Not an {@link IOException}: nobody handles the loss of power. */
    public static final class PowerLoss extends Error {}

    /** Loses power at the so manieth operation from now. */
    public void crashAfter(long operations) {
        operationsLeft = operations;
    }

    /** Fails so many operations, as a disk that is full or damaged does. */
    public void fail(int perThousand) {
        failuresPerThousand = perThousand;
    }

    /** How many operations have failed. */
    public long failures() {
        return failures;
    }

    /** What is there after a loss of power, on a disk that neither crashes nor fails for now. */
    public CrashingDisk rebooted() {
        unsynced.stream().filter(change -> random.nextBoolean()).forEach(change -> change.onPlatter()
                .run());
        CrashingDisk next = new CrashingDisk(random);
        next.durable = durable;
        next.seen.putAll(durable);
        return next;
    }

    /** All files. */
    public List<Path> files() {
        return List.copyOf(seen.keySet());
    }

    private boolean crashes() {
        return --operationsLeft == 0;
    }

    private boolean fails() {
        boolean fails = failuresPerThousand > 0 && random.nextInt(1_000) < failuresPerThousand;
        failures += fails ? 1 : 0;
        return fails;
    }

    private static IOException full(Path file) {
        return new IOException("no space left on device: " + file);
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
        return bytes.clone();
    }

    @Override
    public void write(Path file, byte[] bytes) throws IOException {
        if (crashes()) {
            byte[] torn = torn(bytes);
            change(file, () -> durable.put(file, torn));
            throw new PowerLoss();
        }
        boolean fails = fails();
        byte[] written = fails ? torn(bytes) : bytes.clone();
        seen.put(file, written);
        change(file, () -> durable.put(file, written));
        if (fails) {
            throw full(file);
        }
    }

    private byte[] torn(byte[] bytes) {
        byte[] torn = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        if (torn.length > 0 && random.nextBoolean()) {
            torn[random.nextInt(torn.length)] ^= 0x55;
        }
        return torn;
    }

    private void change(Path file, Runnable onPlatter) {
        Path directory = file.getParent();
        unsynced.add(new Change(directory == null ? file : directory, onPlatter));
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (crashes()) {
            throw new PowerLoss();
        }
        if (fails()) {
            throw new IOException("fsync failed: " + directory);
        }
        for (Change change : List.copyOf(unsynced)) {
            if (change.directory().equals(directory)) {
                change.onPlatter().run();
                unsynced.remove(change);
            }
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        boolean crashes = crashes();
        boolean fails = fails();
        byte[] bytes = seen.get(from);
        if (bytes == null) {
            throw new NoSuchFileException(from.toString());
        }
        if (!fails || random.nextBoolean()) {
            seen.remove(from);
            seen.put(to, bytes);
            // A rename is one change of the directory, on the platter as well.
            change(to, () -> {
                durable.remove(from);
                durable.put(to, bytes);
            });
        }
        if (crashes) {
            throw new PowerLoss();
        }
        if (fails) {
            throw new IOException("rename failed: " + from);
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        boolean crashes = crashes();
        if (fails()) {
            throw new IOException("delete failed: " + file);
        }
        if (seen.remove(file) != null) {
            change(file, () -> durable.remove(file));
        }
        if (crashes) {
            throw new PowerLoss();
        }
    }
}

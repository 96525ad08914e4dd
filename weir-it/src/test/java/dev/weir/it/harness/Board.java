package dev.weir.it.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the subtasks of one run meet its driver: result lines, named gates and named counters. Found by run id, since user
 * functions are copied for each subtask and can carry no live object. Thread-safe.
 */
public final class Board {
    private static final long GATE_SECONDS = 60;
    private static final Map<String, Board> BOARDS = new ConcurrentHashMap<>();

    private final List<String> lines = new ArrayList<>();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> counters = new ConcurrentHashMap<>();

    private Board() {}

    /** The board of the run with this id; made at first use. */
    public static Board of(String runId) {
        return BOARDS.computeIfAbsent(runId, id -> new Board());
    }

    static void drop(String runId) {
        BOARDS.remove(runId);
    }

    public void line(String line) {
        synchronized (lines) {
            lines.add(line);
        }
    }

    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Opens a gate for good. */
    public void open(String gate) {
        gate(gate).countDown();
    }

    public boolean isOpen(String gate) {
        return gate(gate).getCount() == 0;
    }

    /** Blocks until the gate is open; fails after a minute, interruptibly. */
    public void await(String gate) throws InterruptedException {
        if (!gate(gate).await(GATE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    "gate '" + gate + "' stayed closed: waitedSeconds=" + GATE_SECONDS + "; lines so far: " + lines());
        }
    }

    /** Adds one and gives the new value. */
    public long count(String counter) {
        return counters.computeIfAbsent(counter, name -> new AtomicLong()).incrementAndGet();
    }

    public long counted(String counter) {
        return counters.computeIfAbsent(counter, name -> new AtomicLong()).get();
    }

    private CountDownLatch gate(String name) {
        return gates.computeIfAbsent(name, gate -> new CountDownLatch(1));
    }
}

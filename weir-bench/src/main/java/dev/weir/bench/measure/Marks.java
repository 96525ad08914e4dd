package dev.weir.bench.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * When the steady part of the run in this JVM began and ended. It begins when the last of the source subtasks has
 * let its first quarter pass, so that loading and most of compiling is over, and ends when the last sink subtask closes.
 *
 * <p>Static, since the functions of a job are copies that were serialized: this is where they meet. Thread-safe.
 */
public final class Marks {
    private static final Marks RUN = new Marks();
    private static final int RENDEZVOUS_SECONDS_MAX = 60;

    private final List<Lap> laps = new ArrayList<>();
    private CyclicBarrier rendezvous = new CyclicBarrier(1);
    private long quarter;
    private int quartersPassed;
    private long passedAtStart;
    private @Nullable Usage start;
    private @Nullable Usage end;

    /** The marks of this JVM's run. */
    public static Marks ofRun() {
        return RUN;
    }

    /** To be called before a run starts: what the sources have together, in equal shares. */
    public synchronized void expect(int sourceSubtasks, long records) {
        laps.clear();
        quartersPassed = 0;
        start = null;
        end = null;
        rendezvous = new CyclicBarrier(sourceSubtasks);
        quarter = Math.max(1, records / sourceSubtasks / 4);
    }

    /** A source subtask's count. */
    public synchronized Lap enter() {
        Lap lap = new Lap(this);
        laps.add(lap);
        return lap;
    }

    /** A sink subtask has seen its last record. */
    public synchronized void leave() {
        end = Usage.now();
    }

    /**
     * Waits until every source subtask has its first record. So they start together, and none is done before another
     * begins: a source that assigns splits on demand would give it both halves.
     */
    void meet() {
        CyclicBarrier barrier;
        synchronized (this) {
            barrier = rendezvous;
        }
        try {
            barrier.await(RENDEZVOUS_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while other source subtasks start", e);
        } catch (BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(
                    "source subtasks did not all start within seconds=" + RENDEZVOUS_SECONDS_MAX, e);
        }
    }

    synchronized void quarterPassed() {
        quartersPassed++;
        if (quartersPassed == rendezvous.getParties()) {
            start = Usage.now();
            passedAtStart = laps.stream().mapToLong(Lap::passed).sum();
        }
    }

    synchronized long quarter() {
        return quarter;
    }

    /**
     * The steady part of a run that has ended.
     *
     * @param records that all sources emitted
     */
    public synchronized Steady steady(long records) {
        if (start == null || end == null) {
            throw new IllegalStateException("no steady part: sources at their quarter=" + quartersPassed + " of="
                    + rendezvous.getParties() + ", ended=" + (end != null));
        }
        return new Steady(
                records - passedAtStart,
                (end.wallNanos() - start.wallNanos()) / 1e9,
                (end.cpuNanos() - start.cpuNanos()) / 1e9,
                (end.gcMillis() - start.gcMillis()) / 1e3);
    }

    /**
     * What the steady part took.
     *
     * @param records emitted by the sources in it
     */
    public record Steady(long records, double seconds, double cpuSeconds, double gcSeconds) {
        /** Of two runs, one after the other. */
        public Steady plus(Steady other) {
            return new Steady(
                    records + other.records,
                    seconds + other.seconds,
                    cpuSeconds + other.cpuSeconds,
                    gcSeconds + other.gcSeconds);
        }
    }
}

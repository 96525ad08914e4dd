package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Pace;
import dev.weir.bench.input.Stream;
import dev.weir.bench.measure.Answer;
import dev.weir.bench.measure.Lap;
import dev.weir.bench.measure.Latencies;
import dev.weir.bench.measure.Marks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * What this machine gives a loop that does nothing at the same pace: two threads wake up once in a millisecond and look how
 * late they see each record that would close a window. The answer is computed afterwards.
 */
public final class PacedLimit implements Limit {
    private static final int THREADS = 2;

    private final Pace pace;

    /** At a pace. */
    public PacedLimit(Pace pace) {
        this.pace = pace;
    }

    @Override
    public Answer run(Stream input) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> loops = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Lap lap = Marks.ofRun().enter();
                loops.add(threads.submit(() -> loop(input, lap)));
            }
            for (Future<?> loop : loops) {
                loop.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a thread of the limit failed", e.getCause());
        } finally {
            threads.shutdownNow();
        }
        return answer(input);
    }

    private void loop(Stream input, Lap lap) {
        Histogram nanos = Latencies.histogram();
        long share = input.share();
        lap.pass();
        long startNanos = Latencies.ofRun().startNanos();
        long sent = 1;
        while (sent < share) {
            long sinceStart = System.nanoTime() - startNanos;
            long due = Math.min(share, pace.due(sinceStart));
            for (; sent < due; sent++) {
                lap.pass();
                long time = pace.time(sent);
                if (sent % (pace.recordsPerMilli() * Pace.WINDOW_MILLIS) == 0 && pace.counts(time, input)) {
                    nanos.recordValue(Math.max(0, System.nanoTime() - startNanos - Pace.closedNanos(time)));
                }
            }
            LockSupport.parkNanos(Pace.untilWakeUpNanos(sinceStart));
        }
        Latencies.ofRun().add(nanos);
        Marks.ofRun().leave();
    }

    private Answer answer(Stream input) {
        LongTable counts = new LongTable(1, input.keys());
        Sums sums = new Sums();
        long window = pace.recordsPerMilli() * Pace.WINDOW_MILLIS;
        long share = input.share();
        for (long from = 0; from < share; from += window) {
            for (long i = from; i < Math.min(share, from + window); i++) {
                for (int part = 0; part < THREADS; part++) {
                    long key = input.key(part * share + i);
                    int at = counts.find(key, Hash.mix(key));
                    counts.cells()[at]++;
                }
            }
            long end = pace.time(from) + Pace.WINDOW_MILLIS;
            counts.drain((key, cells, at) -> sums.add(Hash.of(key, end, cells[at])));
        }
        return new Answer(sums.count, sums.sum);
    }

    private static final class Sums {
        private long count;
        private long sum;

        void add(long hash) {
            count++;
            sum += hash;
        }
    }
}

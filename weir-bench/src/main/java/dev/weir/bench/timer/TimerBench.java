package dev.weir.bench.timer;

import dev.weir.bench.measure.Usage;
import dev.weir.bench.timer.Timers.Contender;
import java.io.PrintStream;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One workload on one contender, in CPU nanoseconds of the whole process for each operation: most of what a queue costs
 * may be the garbage collector's. Entry of {@code bench/timers}.
 */
public final class TimerBench {
    private static final int WARM_UP_TIMERS = 300_000;

    private TimerBench() {}

    /** What one run came to. */
    record Figures(long fillNanos, long useNanos, long bytes, long seen) {}

    /**
     * Prints one line: workload, contender, number of timers, nanoseconds to add one, nanoseconds for one use, bytes for
     * one with its objects.
     */
    @SuppressWarnings("SystemOut") // a command
    public static void main(String[] args) {
        Workload workload = Workload.valueOf(args[0].toUpperCase(Locale.ROOT));
        Contender contender = Contender.valueOf(args[1].toUpperCase(Locale.ROOT));
        int timers = Integer.parseInt(args[2]);
        run(workload, contender, Math.min(timers, WARM_UP_TIMERS));
        run(workload, contender, Math.min(timers, WARM_UP_TIMERS));
        print(System.out, workload, contender, timers, run(workload, contender, timers));
    }

    private static void print(PrintStream out, Workload workload, Contender contender, int timers, Figures figures) {
        out.printf(
                Locale.ROOT,
                "%-9s %-6s %9d timers: add %5d ns, use %5d ns, %4.0f bytes a timer%n",
                workload,
                contender,
                timers,
                figures.fillNanos() / timers,
                figures.useNanos() / timers,
                (double) figures.bytes() / timers);
    }

    static Figures run(Workload workload, Contender contender, int timers) {
        Timers queue = contender.create();
        SplittableRandom random = new SplittableRandom(7);
        long bytesBefore = usedBytes();
        Usage start = Usage.now();
        workload.fill(queue, timers, random);
        long fill = Usage.now().cpuNanos() - start.cpuNanos();
        long bytes = usedBytes() - bytesBefore;
        Usage filled = Usage.now();
        long seen = workload.use(queue, timers, random);
        return new Figures(fill, Usage.now().cpuNanos() - filled.cpuNanos(), bytes, seen);
    }

    @SuppressWarnings("SystemGc") // counts what is reachable
    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

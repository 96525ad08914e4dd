package dev.weir.bench.job;

import dev.weir.bench.input.Pace;
import dev.weir.bench.input.Stream;
import dev.weir.bench.limit.Limit;
import dev.weir.bench.limit.Limits;
import dev.weir.bench.limit.PacedLimit;
import dev.weir.bench.limit.WindowLimits;
import dev.weir.bench.program.AsyncIo;
import dev.weir.bench.program.IntervalJoin;
import dev.weir.bench.program.KeyedCount;
import dev.weir.bench.program.Latency;
import dev.weir.bench.program.ListTimers;
import dev.weir.bench.program.MapTimers;
import dev.weir.bench.program.Program;
import dev.weir.bench.program.Sessions;
import dev.weir.bench.program.Shuffle;
import dev.weir.bench.program.Sliding;
import dev.weir.bench.program.Stateless;
import dev.weir.bench.program.Tumbling;
import dev.weir.bench.program.TumblingReduce;
import dev.weir.bench.program.WindowList;
import dev.weir.bench.program.WordCount;
import java.util.List;
import java.util.function.Supplier;

/** Every job that is measured. */
public final class Jobs {
    private static final int MILLION = 1_000_000;
    private static final int LATENCY_SECONDS = 20;
    private static final Pace LATENCY_PACE = new Pace(100); // 200,000 records a second in both shares

    private Jobs() {}

    /** In the order of the table. */
    public static List<Job> all() {
        return List.of(
                plain(
                        "keyed-count-1k",
                        20 * MILLION,
                        1_000,
                        () -> new KeyedCount(false),
                        () -> Limits.keyedCount(false)),
                plain(
                        "keyed-count-1m",
                        8 * MILLION,
                        MILLION,
                        () -> new KeyedCount(false),
                        () -> Limits.keyedCount(false)),
                plain(
                        "keyed-count-skewed",
                        8 * MILLION,
                        1 << 20,
                        () -> new KeyedCount(true),
                        () -> Limits.keyedCount(true)),
                plain("word-count", 2 * MILLION, 1, WordCount::new, Limits::wordCount),
                timed("list-state-timers", 6 * MILLION, 10_000, 7, ListTimers::new, WindowLimits::listTimers),
                timed("map-state-timers", 8 * MILLION, 10_000, 7, MapTimers::new, WindowLimits::mapTimers),
                windowed("tumbling", 10 * MILLION, 10_000, 7, Tumbling::new, WindowLimits::tumbling),
                windowed(
                        "tumbling-reduce-1m",
                        3 * MILLION,
                        MILLION,
                        5,
                        TumblingReduce::new,
                        WindowLimits::tumblingReduce),
                windowed("sliding", 2 * MILLION, 10_000, 4, Sliding::new, WindowLimits::sliding),
                windowed("session", 3 * MILLION, 10_000, 4, Sessions::new, WindowLimits::sessions),
                windowed("window-list", 6 * MILLION, 10_000, 7, WindowList::new, WindowLimits::windowList),
                new Job(
                        "interval-join",
                        new Stream(3 * MILLION, 4, 10_000, 2),
                        Job.Kind.WINDOW_OR_JOIN,
                        IntervalJoin::new,
                        WindowLimits::intervalJoin),
                plain("stateless-chain", 50 * MILLION, MILLION, Stateless::new, Limits::stateless),
                plain("shuffle", 20 * MILLION, MILLION, Shuffle::new, Limits::shuffle),
                plain("async-io", 12 * MILLION, 1, AsyncIo::new, Limits::asyncIo),
                new Job(
                        "latency",
                        new Stream(LATENCY_SECONDS * 1_000L * 2 * LATENCY_PACE.recordsPerMilli(), 1_000, 0),
                        Job.Kind.PACED,
                        () -> new Latency(LATENCY_PACE),
                        () -> new PacedLimit(LATENCY_PACE)));
    }

    /** By its name. */
    public static Job named(String name) {
        return all().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such job: " + name));
    }

    private static Job plain(String name, long records, int keys, Supplier<Program> program, Supplier<Limit> limit) {
        return new Job(name, new Stream(records, keys, 0), Job.Kind.PLAIN, program, limit);
    }

    private static Job timed(
            String name, long records, int keys, int perMilliLog2, Supplier<Program> program, Supplier<Limit> limit) {
        return new Job(name, new Stream(records, keys, perMilliLog2), Job.Kind.PLAIN, program, limit);
    }

    private static Job windowed(
            String name, long records, int keys, int perMilliLog2, Supplier<Program> program, Supplier<Limit> limit) {
        return new Job(name, new Stream(records, keys, perMilliLog2), Job.Kind.WINDOW_OR_JOIN, program, limit);
    }
}

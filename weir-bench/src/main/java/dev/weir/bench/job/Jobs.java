package dev.weir.bench.job;

import dev.weir.bench.input.Stream;
import dev.weir.bench.limit.Limit;
import dev.weir.bench.limit.Limits;
import dev.weir.bench.limit.WindowLimits;
import dev.weir.bench.program.KeyedCount;
import dev.weir.bench.program.Program;
import dev.weir.bench.program.Shuffle;
import dev.weir.bench.program.Stateless;
import dev.weir.bench.program.Tumbling;
import java.util.List;
import java.util.function.Supplier;

/** Every job that is measured. */
public final class Jobs {
    private static final int MILLION = 1_000_000;

    private Jobs() {}

    /** In the order of the table. */
    public static List<Job> all() {
        return List.of(
                plain(
                        "keyed-count-1k",
                        16 * MILLION,
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
                        10 * MILLION,
                        1 << 20,
                        () -> new KeyedCount(true),
                        () -> Limits.keyedCount(true)),
                plain("stateless-chain", 60 * MILLION, MILLION, Stateless::new, Limits::stateless),
                plain("shuffle", 20 * MILLION, MILLION, Shuffle::new, Limits::shuffle),
                windowed("tumbling", 12 * MILLION, 10_000, 7, Tumbling::new, () -> WindowLimits.tumbling(1_000)));
    }

    /** By its name. */
    public static Job named(String name) {
        return all().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such job: " + name));
    }

    private static Job plain(String name, long records, int keys, Supplier<Program> program, Supplier<Limit> limit) {
        return new Job(name, new Stream(records, keys, 0), false, program, limit);
    }

    private static Job windowed(
            String name, long records, int keys, int perMilliLog2, Supplier<Program> program, Supplier<Limit> limit) {
        return new Job(name, new Stream(records, keys, perMilliLog2), true, program, limit);
    }
}

package dev.weir.bench.job;

import dev.weir.bench.input.Stream;
import dev.weir.bench.limit.Limit;
import dev.weir.bench.program.Program;
import java.util.function.Supplier;

/**
 * A job on its three contenders.
 *
 * @param input at scale 1, of a size that takes Flink about eight seconds
 */
public record Job(String name, Stream input, Kind kind, Supplier<Program> program, Supplier<Limit> limit) {
    private static final double SMALL = 0.1;

    /** What is made of a job's figures. */
    public enum Kind {
        /** A rate. */
        PLAIN,
        /** A rate, with an average of its own. */
        WINDOW_OR_JOIN,
        /** Latencies at a fixed rate. */
        PACED
    }

    /** The input at another scale: still a multiple of the shares, and not empty. */
    public Stream scaled(double scale) {
        long share = Math.max(4, Math.round(input.share() * scale));
        // a small input still has some windows
        int recordsPerMilliLog2 =
                scale < SMALL ? Math.max(0, input.recordsPerMilliLog2() - 4) : input.recordsPerMilliLog2();
        return new Stream(share * input.shares(), input.shares(), input.keys(), recordsPerMilliLog2);
    }
}

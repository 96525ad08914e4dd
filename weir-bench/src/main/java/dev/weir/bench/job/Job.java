package dev.weir.bench.job;

import dev.weir.bench.input.Stream;
import dev.weir.bench.limit.Limit;
import dev.weir.bench.program.Program;
import java.util.function.Supplier;

/**
 * A job on its three contenders.
 *
 * @param input at scale 1, of a size that takes Flink about eight seconds
 * @param windowed whether it is one of the window and join jobs, which have an average of their own
 */
public record Job(String name, Stream input, boolean windowed, Supplier<Program> program, Supplier<Limit> limit) {
    /** The input at another scale: still a multiple of the shares, and not empty. */
    public Stream scaled(double scale) {
        long share = Math.max(4, Math.round(input.share() * scale));
        return new Stream(share * input.shares(), input.shares(), input.keys(), input.recordsPerMilliLog2());
    }
}

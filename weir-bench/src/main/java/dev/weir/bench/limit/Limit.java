package dev.weir.bench.limit;

import dev.weir.bench.input.Stream;
import dev.weir.bench.measure.Answer;

/** A job without an engine. */
@FunctionalInterface
public interface Limit {
    /** Computes the answer; marks are set as the program's functions set them. */
    Answer run(Stream input) throws InterruptedException;
}

package dev.weir.bench.result;

import org.jspecify.annotations.Nullable;

/**
 * What one process is to run.
 *
 * @param reuse object reuse; without meaning for the limit
 * @param nativeOperators what {@code weir.native} is set to; null leaves it alone
 * @param asprof file for async-profiler's output, null for none
 */
public record Task(
        String job,
        Contender contender,
        boolean reuse,
        int round,
        double scale,
        @Nullable Boolean nativeOperators,
        @Nullable String asprof) {
    /** The same with a profile. */
    public Task withAsprof(String file) {
        return new Task(job, contender, reuse, round, scale, nativeOperators, file);
    }
}

package dev.weir.bench.result;

import java.util.List;

/**
 * All figures of one benchmark.
 *
 * @param date of its beginning, ISO 8601
 * @param commit of the clone that was measured, with {@code -modified} where that was changed
 * @param flink version
 * @param jvm options of every process
 * @param scale of the numbers of records
 * @param nativeOperators what {@code weir.native} was set to, or {@code default}
 */
public record Report(
        String date,
        String commit,
        String flink,
        Machine machine,
        List<String> jvm,
        double scale,
        int rounds,
        String nativeOperators,
        List<Run> runs) {}

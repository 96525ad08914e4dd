package dev.weir.flink.specimen;

import dev.weir.bench.specimen.Benchmark;

/** Breaks a law on purpose: shipped code that leans on a benchmark. */
public record UsesTheBench(Benchmark benchmark) {}

package dev.weir.bench.specimen;

/** Stands for any class of weir-bench. */
public record Benchmark(String name) {}

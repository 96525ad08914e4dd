package dev.weir.flink.specimen;

/** Breaks a law on purpose: a name that says nothing. */
public record SpecimenUtil() {}

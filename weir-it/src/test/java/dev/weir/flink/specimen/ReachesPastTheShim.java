package dev.weir.flink.specimen;

import org.apache.flink.specimen.OutsideTheShim;

/** Breaks a law on purpose: takes a class of ours in a Flink package without the shim. */
public record ReachesPastTheShim(OutsideTheShim shim) {}

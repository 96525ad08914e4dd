package dev.weir.testing.specimen;

import org.apache.flink.api.common.JobID;

/** Breaks a law on purpose: a test kit with a class of Flink. */
public record TestsWithFlink(JobID id) {}

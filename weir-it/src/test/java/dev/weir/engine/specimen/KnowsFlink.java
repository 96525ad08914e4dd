package dev.weir.engine.specimen;

import org.apache.flink.api.common.JobID;

/** Breaks a law on purpose: the engine with a class of Flink. */
public record KnowsFlink(JobID id) {}

package dev.weir.flink.specimen;

import org.apache.flink.client.program.PackagedProgram;

/** Breaks a law on purpose: the adapter with a class of flink-clients. */
public record UsesFlinkClients(PackagedProgram program) {}

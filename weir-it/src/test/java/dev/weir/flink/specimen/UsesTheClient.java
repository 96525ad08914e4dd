package dev.weir.flink.specimen;

import dev.weir.client.specimen.Descriptor;

/** Breaks a law on purpose: the adapter with a class of weir-client. */
public record UsesTheClient(Descriptor descriptor) {}

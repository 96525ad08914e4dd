package dev.weir.client.specimen;

/** Stands for any class of weir-client. */
public record Descriptor(String name) {}

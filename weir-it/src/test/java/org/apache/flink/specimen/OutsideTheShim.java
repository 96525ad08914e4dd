package org.apache.flink.specimen;

/** Stands for a class of ours in a Flink package. */
public record OutsideTheShim(String name) {}

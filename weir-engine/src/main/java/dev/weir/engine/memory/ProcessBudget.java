package dev.weir.engine.memory;

/** A process and what the JVM takes of it, beside what is Flink's. */
public record ProcessBudget(Sized process, Sized flink, Sized metaspace, Sized overhead) {}

package dev.weir.engine.specimen.right;

import dev.weir.engine.specimen.left.Left;

/** Breaks a law on purpose: the other half. */
public record Right(Left left) {}

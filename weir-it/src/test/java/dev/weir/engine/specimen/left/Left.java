package dev.weir.engine.specimen.left;

import dev.weir.engine.specimen.right.Right;

/** Breaks a law on purpose: half of a cycle between packages. */
public record Left(Right right) {}

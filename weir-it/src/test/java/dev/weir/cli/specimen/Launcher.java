package dev.weir.cli.specimen;

import dev.weir.testing.specimen.TestsWithFlink;

/** Breaks a law on purpose: shipped code that leans on a test kit. */
public record Launcher(TestsWithFlink kit) {}

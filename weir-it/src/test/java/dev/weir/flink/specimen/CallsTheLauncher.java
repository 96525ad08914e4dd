package dev.weir.flink.specimen;

import dev.weir.cli.specimen.Launcher;

/** Breaks a law on purpose: code that leans on the launcher. */
public record CallsTheLauncher(Launcher launcher) {}

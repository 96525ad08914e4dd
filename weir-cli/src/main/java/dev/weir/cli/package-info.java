/**
 * The commands: what {@code ./weir} starts, and the only composition root.
 *
 * <p>A command runs on the main thread; a shutdown hook cancels or suspends its jobs. Only here is the process exited, logging configured
 * and Flink's file systems initialised, since embedded use must leave all that to its host. May import every module. Start
 * reading at {@link dev.weir.cli.Main}.
 */
@NullMarked
package dev.weir.cli;

import org.jspecify.annotations.NullMarked;

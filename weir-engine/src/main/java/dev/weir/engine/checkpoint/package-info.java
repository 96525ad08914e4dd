/**
 * Checkpoints of a whole job: when one begins, what it waits for, when it is complete, given up or dropped.
 *
 * <p>Start with {@link dev.weir.engine.checkpoint.CheckpointCoordinator}, then {@link
 * dev.weir.engine.checkpoint.CheckpointEvent}, what it is told, and {@link dev.weir.engine.checkpoint.CheckpointCommand},
 * what it asks for. It is a state machine: no thread, clock, storage or randomness of its own, so that a test can put any
 * order of events to it. One thread at a time may call it; {@link dev.weir.engine.checkpoint.CheckpointStatistics} are
 * for all. Imports the JDK only.
 *
 * <p>The rules are those of Flink's coordinator, down to the wording of {@link
 * dev.weir.engine.checkpoint.CheckpointFailureReason}. What differs is said where it does.
 */
@NullMarked
package dev.weir.engine.checkpoint;

import org.jspecify.annotations.NullMarked;

/**
 * Checkpoints in Flink's file systems: where they lie, how they are written, found again and deleted, and how their state
 * is dealt out to the subtasks of a job.
 *
 * <p>Start reading at {@link dev.weir.flink.checkpoint.CheckpointDirectory}, then {@link
 * dev.weir.flink.checkpoint.CheckpointWrite}. The currency is Flink's: {@code OperatorState} and the state handles below
 * it. {@code docs/checkpoint-format.md} has the layout and the bytes.
 *
 * <p>Everything here blocks for the file system; nothing belongs to a task's thread but the streams that it writes. May
 * import the engine's {@code checkpoint.manifest} and {@code storage} packages and Flink's runtime as a library.
 */
@NullMarked
package dev.weir.flink.checkpoint;

import org.jspecify.annotations.NullMarked;

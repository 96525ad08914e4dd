/**
 * Whole lives of random jobs on one thread and in virtual time: sources that take splits from a coordinator, state that
 * changes while it is written, sinks that commit in two phases, on a disk that fails and loses power; tasks fail, processes
 * die, others take over at another parallelism. The keyed store is the caller's; what it writes to files of its own is on the
 * real disk and gone with its process, checkpoints have the entries. The task loops, the exchange, the checkpoint coordinator, the gates of
 * coordinators, the manifest and the job's record are those of production.
 *
 * <p>Start reading at {@link dev.weir.testing.life.JobLives}, then {@code Life}.
 */
@NullMarked
package dev.weir.testing.life;

import org.jspecify.annotations.NullMarked;

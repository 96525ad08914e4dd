/**
 * What must be known of a job for its next process to resume it: its id, its latest checkpoints, whether it is to run at
 * all. One small directory per job key, owned by the process that runs the job.
 *
 * <p>Start reading at {@link dev.weir.engine.jobstore.JobStore}. Every change is durable when the call returns, and a
 * crash at any instruction leaves the state before it or after it. May import the JDK and {@code storage} only.
 */
@NullMarked
package dev.weir.engine.jobstore;

import org.jspecify.annotations.NullMarked;

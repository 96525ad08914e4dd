/**
 * The job: a dataflow turned into tasks with threads, watched until each has ended.
 *
 * <p>Start with {@link dev.weir.engine.job.Dataflow}, what an adapter hands in, and {@link
 * dev.weir.engine.job.JobExecution}, which runs it, or one of its {@link dev.weir.engine.job.Regions}. One supervisor thread for each job, one task thread for each subtask,
 * and a short-lived one for each subtask that is cancelled. Imports {@code exchange} and {@code task}.
 */
@NullMarked
package dev.weir.engine.job;

import org.jspecify.annotations.NullMarked;

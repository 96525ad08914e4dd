/**
 * Runs a dataflow as subtasks and follows it to its terminal state, whether finished, failed or cancelled.
 *
 * <p>State changes happen under the job's own lock, on whichever thread reports them. Imports {@code task} and
 * {@code exchange}. Start reading at {@link dev.weir.engine.job.Dataflow}.
 */
@NullMarked
package dev.weir.engine.job;

import org.jspecify.annotations.NullMarked;

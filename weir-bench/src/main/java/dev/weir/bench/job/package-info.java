/**
 * The list of jobs, and the process that runs one of them once and tells what it took.
 *
 * <p>Everything runs on the main thread of a JVM of its own. Imports the jobs, Flink's API and {@code result}. Start reading
 * at {@link dev.weir.bench.job.Jobs}.
 */
@NullMarked
package dev.weir.bench.job;

import org.jspecify.annotations.NullMarked;

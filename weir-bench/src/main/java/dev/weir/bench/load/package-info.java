/**
 * What clients of the REST interface cost a running job.
 *
 * <p>Start reading at {@link dev.weir.bench.load.Clients}, which is a process of its own beside the one with the job.
 */
@NullMarked
package dev.weir.bench.load;

import org.jspecify.annotations.NullMarked;

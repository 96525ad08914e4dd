/**
 * The file that a run leaves and what is made of it: raw figures of every process, with the machine and the versions.
 *
 * <p>Immutable data, any thread. Imports Jackson. Start reading at {@link dev.weir.bench.result.Report}.
 */
@NullMarked
package dev.weir.bench.result;

import org.jspecify.annotations.NullMarked;

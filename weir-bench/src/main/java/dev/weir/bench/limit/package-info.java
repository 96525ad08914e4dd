/**
 * The limit: each job's answer by a loop without an engine, as somebody would write it by hand who wants it fast: two
 * threads, arrays of primitives, no serialization, no recovery, every size known.
 *
 * <p>Each of the two threads generates one half of the input and owns half of the keys; what belongs to the other goes over
 * in batches. Imports {@code measure}, {@code input} and the JDK. Start reading at {@link dev.weir.bench.limit.TwoThreads}.
 */
@NullMarked
package dev.weir.bench.limit;

import org.jspecify.annotations.NullMarked;

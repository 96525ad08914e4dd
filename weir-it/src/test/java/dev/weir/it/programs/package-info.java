/**
 * The programs of the differential suite, by concept. Each is an ordinary Flink program that runs to its end and whose lines
 * are, as a multiset, the same at every parallelism and with object reuse off and on.
 *
 * <p>Imports Flink's public API and {@code dev.weir.it.harness}. Start reading at {@link dev.weir.it.programs.Programs}.
 */
@NullMarked
package dev.weir.it.programs;

import org.jspecify.annotations.NullMarked;

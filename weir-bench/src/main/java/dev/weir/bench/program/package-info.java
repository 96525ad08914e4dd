/**
 * The jobs as ordinary Flink programs: what a user would write against Flink's API, the same class on every engine.
 *
 * <p>A program begins with a {@link dev.weir.bench.program.Meter}, which makes its records, and ends with a {@link
 * dev.weir.bench.program.Check}, which makes the answer. User functions run on the engine's threads. Imports Flink's API
 * and {@code measure}, {@code input}, nothing of Weir. Start reading at {@link dev.weir.bench.program.KeyedCount}.
 */
@NullMarked
package dev.weir.bench.program;

import org.jspecify.annotations.NullMarked;

/**
 * The commands: which processes run in which order, and what is made of their figures.
 *
 * <p>One process at a time, on the main thread. Imports {@code job} for names and sizes, {@code result}, picocli. Start
 * reading at {@link dev.weir.bench.run.RunCommand}.
 */
@NullMarked
package dev.weir.bench.run;

import org.jspecify.annotations.NullMarked;

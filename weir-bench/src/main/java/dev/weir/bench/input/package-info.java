/**
 * The input of every job as functions of a position, so that the program for an engine and the loop without one work on the
 * same records.
 *
 * <p>Immutable, any thread. Imports the JDK only. Start reading at {@link dev.weir.bench.input.Stream}.
 */
@NullMarked
package dev.weir.bench.input;

import org.jspecify.annotations.NullMarked;

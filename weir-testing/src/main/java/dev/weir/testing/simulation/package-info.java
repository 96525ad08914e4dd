/**
 * Whole dataflows on one thread, in interleavings that a seed decides, and dataflows that check their own exchange.
 *
 * <p>Start with {@link dev.weir.testing.simulation.DataflowSimulator}. Everything belongs to the thread of the test, but for
 * {@link dev.weir.testing.simulation.TracedDataflow}, which also runs on real threads. Imports the engine only.
 */
@NullMarked
package dev.weir.testing.simulation;

import org.jspecify.annotations.NullMarked;

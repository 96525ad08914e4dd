/**
 * The exchange: how records get from one subtask's thread to another's, as batches of objects, in order, with a bound.
 *
 * <p>Start with {@link dev.weir.engine.exchange.EdgeWriter} (producing end), {@link
 * dev.weir.engine.exchange.InputGate} (consuming end) and {@code Channel} between them. A channel has one producing and
 * one consuming thread; {@link dev.weir.engine.exchange.TaskSignal} is where the two meet to wait for each other.
 * Imports nothing from the other packages of the engine.
 */
@NullMarked
package dev.weir.engine.exchange;

import org.jspecify.annotations.NullMarked;

/**
 * Moves records between subtasks: bounded channels that hand batches of objects from one thread to another.
 *
 * <p>A channel has one producing and one consuming thread; what is handed over belongs to the consumer. Imports
 * nothing of the engine's other packages. Start reading at {@link dev.weir.engine.exchange.EdgeWriter}.
 */
@NullMarked
package dev.weir.engine.exchange;

import org.jspecify.annotations.NullMarked;

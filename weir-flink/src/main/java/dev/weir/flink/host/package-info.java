/**
 * Hosts Flink's operators inside engine tasks: one {@link dev.weir.flink.host.ChainProcessor} per subtask builds the
 * operator chain of a job vertex, feeds it from the engine's inputs and passes what it emits to the engine's edges.
 *
 * <p>Owned by the task thread, apart from mails (any thread) and a legacy source's own thread, which emits under the
 * checkpoint lock. May import the engine, Flink's API and runtime library classes, and {@code shim}. Start reading at
 * {@code ChainProcessor}, then {@code ChainBuilder}.
 */
@NullMarked
package dev.weir.flink.host;

import org.jspecify.annotations.NullMarked;

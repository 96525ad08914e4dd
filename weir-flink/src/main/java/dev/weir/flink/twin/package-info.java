/**
 * Native twins: what records go through in the place of an operator of Flink's, where the operator is known exactly.
 *
 * <p>The hosted operator is built, opened, snapshotted and closed as always, and its user function is the very object that
 * the twin calls; the twin takes over the way of a record through it, and nothing else. {@link
 * dev.weir.flink.twin.Twins} recognises, the rest are {@link dev.weir.flink.twin.Link}s. A link is a template class that is
 * defined once more, as a hidden class, for each place in a job ({@link dev.weir.flink.twin.Templates}): so each place has
 * type profiles of its own, and the JIT inlines a chain from its head to its end.
 *
 * <p>Belongs to the task thread. May use Flink's operators and the adapter's state, not {@code host}, which builds on it.
 * Start at {@code Twins}.
 */
@NullMarked
package dev.weir.flink.twin;

import org.jspecify.annotations.NullMarked;

/**
 * Native twins of Flink's window operator: state by window first and key second, and one timer per window in the place of
 * one per key and window.
 *
 * <p>The hosted {@code WindowOperator} is built, opened and closed as always; its state, timer service, user function and
 * contexts are the ones used here. A twin takes over how a record gets into its windows and what happens when a timer of
 * the service is due. {@link dev.weir.flink.window.WindowTwins} says which operators are known; start there, then {@code
 * WindowTwin} and, for sessions, {@code SessionTwin}. Kinds of contents and of results are template classes, see {@link dev.weir.flink.twin.Templates}.
 *
 * <p>Belongs to the task thread. May import {@code twin} and {@code state}; {@code host} builds on it.
 */
@NullMarked
package dev.weir.flink.window;

import org.jspecify.annotations.NullMarked;

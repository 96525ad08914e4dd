/**
 * Flink's keyed state over the engine's keyed store: state objects, TTL, serializer upgrades, timers.
 *
 * <p>Start reading at {@link dev.weir.flink.state.KeyedBackends}, then the backend it makes. The state objects say what
 * Flink's contract for each kind of state is, in terms of one table of the store; TTL, metrics and the adaptor for state
 * of the second version are Flink's own wrappers around them.
 *
 * <p>Everything belongs to the subtask's thread. May import the engine's {@code state} package and Flink's runtime as a
 * library, but not Flink's heap or RocksDB backends, which are the oracle of the tests.
 */
@NullMarked
package dev.weir.flink.state;

import org.jspecify.annotations.NullMarked;

/**
 * Flink's keyed state over the engine's keyed store: state objects, TTL, serializer upgrades, timers.
 *
 * <p>Start reading at {@link dev.weir.flink.state.KeyedBackends}, then the backend it makes. The state objects say what
 * Flink's contract for each kind of state is, in terms of one table of the store; TTL, metrics and the adaptor for state
 * of the second version are Flink's own wrappers around them.
 *
 * <p>A store of live objects and one of bytes differ in what state objects may do with a value, so lists and maps have a
 * state object for each: {@link dev.weir.flink.state.StoredListState} and {@link dev.weir.flink.state.StoredMapState} are
 * those over bytes. All others ask the table only. Over a store in two tiers state objects are those of live objects; {@link
 * dev.weir.flink.state.TieredMapState} and the list's look where the key is, so as not to read a whole map or list from RocksDB.
 *
 * <p>Everything belongs to the subtask's thread. May import the engine's {@code state} package, weir-rocksdb, and Flink's
 * runtime as a library, of its RocksDB module what puts options together; but not Flink's heap or RocksDB backends, which
 * are the oracle of the tests.
 */
@NullMarked
package dev.weir.flink.state;

import org.jspecify.annotations.NullMarked;

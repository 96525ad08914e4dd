/**
 * Keyed state in two tiers: live objects on the heap while they fit, RocksDB underneath for what does not.
 *
 * <p>Start reading at {@link dev.weir.rocksdb.tiered.TieredStore}, then {@link dev.weir.rocksdb.tiered.TieredTable}. A store
 * is put together from a heap store and a RocksDB store. Each key group is in one of them, with all its tables and timers ({@link
 * dev.weir.rocksdb.tiered.Movable}). While there
 * is room, all are on the heap; when the {@link dev.weir.rocksdb.tiered.HeapQuota} is used up, the largest moves to RocksDB,
 * then the next. None comes back before the next start.
 *
 * <p><b>Semantics</b> are the heap's, wherever a key group is: a read hands out a live object, and a change to it is a change
 * of the state. What is read from RocksDB, or put there, is kept as an object at least until another key is selected, and then
 * stored, whether it changed or not, unless it cannot: see {@link dev.weir.rocksdb.tiered.Spilled}.
 *
 * <p><b>When.</b> Everything that moves does so just before a key is selected, when no user code is using a value: {@link
 * dev.weir.engine.state.KeyContext#beforeSelection}. An iteration over a table goes by key group and is asked at each where
 * that is, so that it can go on. A cut keeps the arrays of a key group that leaves the heap, as of any that changes.
 *
 * <p><b>Tenants.</b> Native operators work on the heap tables themselves as long as all is there ({@link
 * dev.weir.engine.state.HeapTenant}), by namespace if they like. Before the first key group moves each puts its table and what it
 * has in the place of timers in the order that Flink's operator expects, which takes over. One that selects keys in the middle of
 * a record says when it is idle, and nothing moves before.
 *
 * <p><b>Snapshots.</b> A cut of a table reads as one. An incremental checkpoint has both parts: {@link
 * dev.weir.rocksdb.tiered.TieredTable#onHeap()} and {@link dev.weir.rocksdb.tiered.TieredStore#files()}; to the former a key
 * group that has moved is one whose entries were all removed.
 *
 * <p>A store and its tables belong to the subtask's thread, the quota to any. Accesses to stored key groups block for I/O.
 */
@NullMarked
package dev.weir.rocksdb.tiered;

import org.jspecify.annotations.NullMarked;

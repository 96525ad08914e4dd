/**
 * A write-back cache above a database: entries that were read or written lately, decoded where their type allows.
 *
 * <p>Start reading at {@link dev.weir.rocksdb.cache.CachedColumn}, a column of the database with some of its entries in
 * memory. All columns of a database share one {@link dev.weir.rocksdb.cache.EntryCache}, which decides what stays, and the
 * caches of a slot one {@link dev.weir.rocksdb.cache.CacheBudget}.
 *
 * <p><b>One truth.</b> An entry that is cached hides what the database has at its key; the stored key, byte by byte, is its
 * identity, so that it does not matter how {@code equals} of users' keys is written. Changes go to the database in the order
 * of keys, by batches, when entries are evicted and at {@code flush}, which comes before anything reads the database itself:
 * a scan, a snapshot, a checkpoint. There is no timer.
 *
 * <p><b>Rows.</b> An entry is a row of longs in a page of its column, see {@link dev.weir.rocksdb.cache.Rows}: hash, key, and
 * the value where that is numbers; other values are objects or bytes beside. A row takes about half of what an object with its
 * key takes, is one place in memory to go to, and a change to it is no reference for the collector to follow. Rows are known by
 * their numbers, which removals change: none is held across an eviction.
 *
 * <p><b>Results never depend on eviction.</b> A value goes in and out as a copy that equals what its bytes would have
 * given, unless its type cannot change. Lists stay bytes: what is appended to one that was not read is kept as such, and
 * appended by the database.
 *
 * <p>Replacement is CLOCK (Corbató, 1968): an entry that was used since the hand came by last is passed over once; new ones
 * begin unused, so that a scan does not drive out what is in use.
 *
 * <p>Everything but the budget belongs to the subtask's thread. May import the JDK only.
 */
@NullMarked
package dev.weir.rocksdb.cache;

import org.jspecify.annotations.NullMarked;

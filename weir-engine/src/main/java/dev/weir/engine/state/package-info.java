/**
 * Keyed state: what an operator remembers for each key.
 *
 * <p>Start reading at {@link dev.weir.engine.state.KeyedStore} (the contract; its kit is {@code KeyedStoreContract} in
 * weir-testing), then {@link dev.weir.engine.state.HeapStore}. {@link dev.weir.engine.state.TimerQueue} holds timers.
 *
 * <p>Everything here belongs to the thread of one subtask, unless a method says otherwise. This package may import the
 * JDK only: keys, namespaces and values are plain objects, and a {@link dev.weir.engine.state.Codec} is all that is known
 * of their types.
 *
 * <p><b>Layout of the heap store.</b> A table is an array of segments, one for each key group of the subtask. A segment
 * is an open-addressing map over two parallel arrays: one of longs (hash and version stamp) and one of objects (value, key
 * and, where a table has more than one namespace, the namespace, side by side). There is no object per entry. Where {@link
 * dev.weir.engine.state.LongKeys} are known the key is a long beside its hash, and where {@link
 * dev.weir.engine.state.FlatValues} are, the value is some longs beside that, and a string in the place of the object; a
 * segment that gets a value which is not made of such words goes over to objects for good. For operators that work on whole namespaces, {@link
 * dev.weir.engine.state.KeyedTable#byNamespace} arranges a table by namespace: one segment for each, with the keys of all
 * key groups, which is walked in a row and dropped at once.
 *
 * <p><b>Versions.</b> Stamps are per entry, copy-on-write of the arrays is per page of a segment. A cut increments the
 * table's version and takes note of the segments' arrays, which costs one step per key group and touches no entry. Afterwards
 * <ul>
 *   <li>the first change to a page copies it for the cut, see {@link dev.weir.engine.state.SegmentCut};
 *   <li>an entry whose stamp is older than a pinned cut has its value copied before the value is handed out, so that the
 *       cut keeps the old object, which nobody else can reach any more.
 * </ul>
 * Reads hand out the live object, so a mutable value that is handed out counts as written: it gets the current stamp.
 * Values of an immutable type are never copied and get a stamp when they are replaced only. So do flat values, of which a
 * read hands out a fresh one. The entries with a stamp newer than the last cut are those an incremental snapshot has to
 * write; removed keys are what it has to log besides.
 */
@NullMarked
package dev.weir.engine.state;

import org.jspecify.annotations.NullMarked;

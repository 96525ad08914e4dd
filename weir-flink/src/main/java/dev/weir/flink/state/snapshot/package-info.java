/**
 * Keyed state to files and back, in Flink's formats: its heap backend's checkpoints and its canonical savepoints.
 *
 * <p>Start reading at {@link dev.weir.flink.state.snapshot.BackendCut}, what a checkpoint or savepoint is written from, and
 * at {@link dev.weir.flink.state.snapshot.BackendRestore}. Incremental checkpoints of RocksDB are another way: {@link
 * dev.weir.flink.state.snapshot.DatabaseStrategy} writes the files of the database, {@link
 * dev.weir.flink.state.snapshot.Databases} opens them; {@link dev.weir.flink.state.snapshot.TwoTierStrategy} writes them
 * beside a chain of what is on the heap.
 *
 * <p>A cut is taken by the subtask's thread and written by another one, with serializers of its own. A restore is the work of
 * the subtask's thread. May import the engine's {@code state} package and Flink's runtime as a library, but not Flink's
 * heap or RocksDB backends.
 */
@NullMarked
package dev.weir.flink.state.snapshot;

import org.jspecify.annotations.NullMarked;

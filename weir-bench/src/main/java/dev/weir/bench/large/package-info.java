/**
 * State that is smaller than, as large as and larger than the memory it may have, in RocksDB, on Weir and on Flink's
 * MiniCluster: updates, incremental checkpoints, restoring and rescaling. Entries of {@code bench/rocksdb} and
 * {@code bench/restore}.
 *
 * <p>Start reading at {@link dev.weir.bench.large.LargeStateBench}; {@link dev.weir.bench.large.Shape} has the jobs.
 */
@NullMarked
package dev.weir.bench.large;

import org.jspecify.annotations.NullMarked;

/**
 * What checkpoints cost a running job, on Weir and on Flink's MiniCluster, and how soon a failed task or a killed process
 * goes on. Entries of {@code bench/checkpoints}, {@code bench/recovery} and {@code bench/kill}. Start reading at {@link
 * dev.weir.bench.checkpoint.CheckpointBench}.
 */
@NullMarked
package dev.weir.bench.checkpoint;

import org.jspecify.annotations.NullMarked;

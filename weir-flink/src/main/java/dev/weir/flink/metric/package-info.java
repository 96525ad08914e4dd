/**
 * Metrics under Flink's names and in Flink's scopes: one registry for the process, in Flink's own classes, without the
 * actors that carry metrics between processes.
 *
 * <p>{@link dev.weir.flink.metric.SessionMetrics} loads reporters and keeps a {@link dev.weir.flink.metric.MetricCatalog} of
 * what is registered, {@link dev.weir.flink.metric.JobMetrics} are a job's, {@link dev.weir.flink.metric.TaskMeters} a
 * subtask's. Any thread may register and read; counters are written by their task's thread without a barrier, as in Flink,
 * so that a reader may be some records late. Imports Flink's metric classes and the engine's figures; nothing of the
 * adapter. Start reading at {@code SessionMetrics}.
 */
@NullMarked
package dev.weir.flink.metric;

import org.jspecify.annotations.NullMarked;

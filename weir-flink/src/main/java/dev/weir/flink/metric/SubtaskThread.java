package dev.weir.flink.metric;

import org.apache.flink.runtime.jobgraph.JobVertexID;

/**
 * The thread of a running subtask.
 *
 * @param threadId of {@link Thread#getId()}
 * @param keys counts those that it reads
 */
public record SubtaskThread(JobVertexID vertex, int index, int attempt, long threadId, KeyCounter keys) {}

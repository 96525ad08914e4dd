package dev.weir.flink.metric;

/**
 * How large a state of an operator is by its store's own estimate at the moment, over the subtasks that run.
 *
 * @param operator name
 * @param state name
 */
public record StateEstimate(String operator, String state, long entries, long bytes) {}

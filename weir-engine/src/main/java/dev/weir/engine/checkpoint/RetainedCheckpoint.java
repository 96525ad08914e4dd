package dev.weir.engine.checkpoint;

/**
 * A completed checkpoint that the job can go back to.
 *
 * @param location where it is, as storage names it
 * @param claimed whether it is the job's to drop; false for one restored from without claiming it
 */
public record RetainedCheckpoint(long id, String location, boolean claimed) {}

package dev.weir.flink.state.snapshot;

/**
 * Marks a transformation of snapshots whose outcome hangs on when the cut is made, and whose omissions must hold: each
 * incremental snapshot has all of the state then.
 */
public interface WholeSnapshots {}

package dev.weir.flink.state.snapshot;

import org.apache.flink.runtime.state.SnapshotResources;

/**
 * The keyed state of one subtask as it was at one moment, in the two tiers where it was. Made by the subtask's thread, written
 * and released by another one.
 *
 * @param heap the values of key groups that were on the heap, and timers
 * @param database the values of all others
 */
public record TwoTierCut<K>(BackendCut<K> heap, DatabaseCut<K> database) implements SnapshotResources {
    @Override
    public void release() {
        try {
            heap.release();
        } finally {
            database.release();
        }
    }
}

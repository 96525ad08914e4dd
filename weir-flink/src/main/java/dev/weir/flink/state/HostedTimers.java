package dev.weir.flink.state;

import dev.weir.engine.state.TimerCut;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;

/**
 * The timers that an operator would have in one of its queues if it were hosted, told from what its native twin keeps in
 * their place. Snapshots have these, so that any runtime can go on from them.
 */
public interface HostedTimers<K, N> {

    /**
     * The timers of now. Called on the subtask's thread, and takes no time in proportion to the state: the result tells the
     * timers later, on the thread that writes.
     *
     * @param tables has a cut of each table, to be read by the result and nobody else
     * @param queued the timers that are in the queue now
     */
    CutTimers<TimerHeapInternalTimer<K, N>> cut(BackendCut<K> tables, TimerCut<TimerHeapInternalTimer<K, N>> queued);
}

package dev.weir.flink.state.snapshot;

import java.util.List;

/** The timers that a snapshot has for one queue, as they were at its cut. For the one thread that writes it. */
public interface CutTimers<T> {

    /** The timers of a key group, in no particular order. */
    List<T> ofKeyGroup(int keyGroup);
}

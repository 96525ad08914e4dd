package dev.weir.flink.twin;

import dev.weir.engine.state.TimerCut;
import dev.weir.flink.state.HostedTimers;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;

/** The timers of snapshots of an interval join: one for each key, side and time of which there are records. */
final class JoinTimers implements HostedTimers<Object, String> {
    /** The namespaces that Flink's operator tells its timers by. */
    static final String LEFT = "CLEANUP_LEFT";

    static final String RIGHT = "CLEANUP_RIGHT";

    private final JoinBuffers left;
    private final JoinBuffers right;

    JoinTimers(JoinBuffers left, JoinBuffers right) {
        this.left = left;
        this.right = right;
    }

    @Override
    public CutTimers<TimerHeapInternalTimer<Object, String>> cut(
            BackendCut<Object> tables, TimerCut<TimerHeapInternalTimer<Object, String>> queued) {
        CutTimers<TimerHeapInternalTimer<Object, String>> ofLeft = left.timers(tables, LEFT);
        CutTimers<TimerHeapInternalTimer<Object, String>> ofRight = right.timers(tables, RIGHT);
        return keyGroup -> {
            List<TimerHeapInternalTimer<Object, String>> timers = new ArrayList<>(ofLeft.ofKeyGroup(keyGroup));
            timers.addAll(ofRight.ofKeyGroup(keyGroup));
            return timers;
        };
    }
}

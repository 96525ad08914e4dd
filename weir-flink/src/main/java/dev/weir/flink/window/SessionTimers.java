package dev.weir.flink.window;

import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TimerCut;
import dev.weir.flink.state.HostedTimers;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/**
 * The timers of snapshots of session windows without allowed lateness: one for each session, at its end. A session that has
 * fired is gone.
 */
final class SessionTimers implements HostedTimers<Object, TimeWindow> {
    private final KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> sessions;

    SessionTimers(KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> sessions) {
        this.sessions = sessions;
    }

    @Override
    public CutTimers<TimerHeapInternalTimer<Object, TimeWindow>> cut(
            BackendCut<Object> tables, TimerCut<TimerHeapInternalTimer<Object, TimeWindow>> queued) {
        TableCut<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> cut = tables.of(sessions);
        return keyGroup -> {
            List<TimerHeapInternalTimer<Object, TimeWindow>> timers = new ArrayList<>(cut.size(keyGroup));
            cut.entries(keyGroup).forEachRemaining(entry -> forEach(entry, timers::add));
            return timers;
        };
    }

    /** Leaves the timers that Flink has in the queue. */
    static void leave(
            KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> sessions,
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> queue) {
        sessions.entries().forEachRemaining(entry -> forEach(entry, queue::add));
    }

    /** Hands over the timers of the sessions of a key. */
    private static void forEach(
            TableEntry<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> sessions,
            Consumer<TimerHeapInternalTimer<Object, TimeWindow>> to) {
        for (Tuple2<TimeWindow, TimeWindow> session : Objects.requireNonNull(sessions.value())) {
            to.accept(new TimerHeapInternalTimer<>(session.f0.maxTimestamp(), sessions.key(), session.f0));
        }
    }
}

package dev.weir.flink.window;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import dev.weir.flink.state.StateTables;
import dev.weir.flink.twin.Internals;
import dev.weir.flink.twin.KeyedTwin;
import dev.weir.flink.twin.Link;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.InternalTimerServiceImpl;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Twin of {@code WindowOperator} with session windows and the default trigger of their time. Template.
 *
 * <p>Takes the records that begin a session or belong to one that is still open, which are nearly all. Those that are late,
 * that join sessions or that change one which has fired go to the hosted operator, whose state and timers are the same; so
 * do sessions that fire, where a window function is to see them.
 *
 * <p>A session's timer stays where it was when the session grows, and is set again, to the session's end, when it goes off
 * early: a session that has not fired always has a timer that is not too late, whose namespace is a part of it. Snapshots
 * have Flink's timers, see {@link SessionTimers}, which a restored session begins with.
 */
final class SessionTwin implements KeyedTwin, Triggerable<Object, TimeWindow>, HeapTenant {
    private final WindowOperator<Object, Object, Object, Object, TimeWindow> operator;
    private final WindowSettings settings;
    private final Contents contents;
    private final boolean plain;
    private final Link next;
    private final boolean eventTime;

    @SuppressWarnings("NullAway.Init") // set in open()
    private InternalTimerService<TimeWindow> timers;

    @SuppressWarnings("NullAway.Init") // set in open()
    private WindowAssigner.WindowAssignerContext context;

    @SuppressWarnings("NullAway.Init") // set in open(), together with the tables
    private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> queue;

    // Null where the operator's state is none of ours, or not all on the heap: it has to be hosted after all.
    private @Nullable KeyedTable<Object, TimeWindow, Object> kept;
    private @Nullable KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> sessions;

    /** @param plain whether what is emitted are the contents, without a window function */
    SessionTwin(
            WindowOperator<Object, Object, Object, Object, TimeWindow> operator,
            WindowSettings settings,
            Contents contents,
            boolean plain,
            Link next) {
        this.operator = operator;
        this.settings = settings;
        this.contents = contents;
        this.plain = plain;
        this.next = next;
        this.eventTime = settings.assigner().isEventTime();
    }

    @Override
    public void open() {
        State state = Internals.read(WindowOperator.class, "windowState", operator);
        timers = Internals.read(WindowOperator.class, "internalTimerService", operator);
        context = Internals.read(WindowOperator.class, "windowAssignerContext", operator);
        KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> ofService =
                Internals.timers(timers, eventTime);
        KeyedTable<Object, TimeWindow, Object> table = StateTables.of(state, this);
        KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> all =
                StateTables.of(Internals.<State>read(WindowOperator.class, "mergingSetsState", operator), this);
        if (ofService == null || table == null || all == null) {
            return;
        }
        if (StateTables.standFor(ofService, new SessionTimers(all))) {
            queue = ofService;
            kept = table;
            sessions = all;
            if (settings.mayFlatten()) {
                StateTables.flatten(state);
            }
            Internals.write(InternalTimerServiceImpl.class, "triggerTarget", timers, this);
        }
    }

    @Override
    public void leave() {
        KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> all = sessions;
        if (all != null) {
            sessions = null;
            kept = null;
            Internals.write(InternalTimerServiceImpl.class, "triggerTarget", timers, operator);
            StateTables.standFor(queue, null);
            SessionTimers.leave(all, queue);
        }
    }

    @Override
    public void accept(Object key, Object value, long timestamp) throws Exception {
        operator.setCurrentKey(key);
        if (!take(value, timestamp)) {
            operator.processElement(
                    timestamp == EdgeWriter.NO_TIMESTAMP
                            ? new StreamRecord<>(value)
                            : new StreamRecord<>(value, timestamp));
        }
    }

    /** Adds the record to its session; false where that is not for us, and nothing was done. */
    private boolean take(@Nullable Object value, long timestamp) throws Exception {
        KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> all = sessions;
        KeyedTable<Object, TimeWindow, Object> table = kept;
        if (all == null || table == null || value == null || timestamp == EdgeWriter.NO_TIMESTAMP) {
            return false;
        }
        Collection<TimeWindow> assigned = settings.assigner().assignWindows(value, timestamp, context);
        if (assigned.size() != 1) {
            return false;
        }
        TimeWindow window = assigned.iterator().next();
        if (overflows(window) || isPast(window)) {
            return false;
        }
        List<Tuple2<TimeWindow, TimeWindow>> present = all.get(VoidNamespace.INSTANCE);
        int found = -1;
        for (int i = 0; present != null && i < present.size(); i++) {
            TimeWindow session = present.get(i).f0;
            if (overflows(session)) {
                return false;
            }
            if (session.intersects(window)) {
                if (found >= 0) {
                    return false;
                }
                found = i;
            }
        }
        if (present == null || found < 0) {
            begin(window, present == null ? begun(all) : present);
            table.put(window, contents.next(null, value));
            return true;
        }
        Tuple2<TimeWindow, TimeWindow> joined = present.get(found);
        if (isPast(joined.f0) || joined.f0.equals(window)) {
            return false;
        }
        TimeWindow grown = joined.f0.cover(window);
        if (!grown.equals(joined.f0)) {
            present.set(found, new Tuple2<>(grown, joined.f1));
        }
        table.put(joined.f1, contents.next(table.get(joined.f1), value));
        return true;
    }

    private static List<Tuple2<TimeWindow, TimeWindow>> begun(
            KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> all) {
        List<Tuple2<TimeWindow, TimeWindow>> present = new ArrayList<>(1);
        all.put(VoidNamespace.INSTANCE, present);
        return present;
    }

    private void begin(TimeWindow window, List<Tuple2<TimeWindow, TimeWindow>> present) {
        present.add(new Tuple2<>(window, window));
        setTimer(window, window.maxTimestamp());
    }

    /** Whether the trigger would not wait for the end of a window. */
    private boolean isPast(TimeWindow window) {
        return eventTime
                ? window.maxTimestamp() <= timers.currentWatermark()
                : window.maxTimestamp() <= timers.currentProcessingTime();
    }

    private void setTimer(TimeWindow window, long time) {
        if (eventTime) {
            timers.registerEventTimeTimer(window, time);
        } else {
            timers.registerProcessingTimeTimer(window, time);
        }
    }

    @Override
    public void onEventTime(InternalTimer<Object, TimeWindow> timer) throws Exception {
        TimeWindow session = due(timer);
        if (session != null && !fire(session)) {
            operator.onEventTime(new TimerHeapInternalTimer<>(timer.getTimestamp(), timer.getKey(), session));
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Object, TimeWindow> timer) throws Exception {
        TimeWindow session = due(timer);
        if (session != null && !fire(session)) {
            operator.onProcessingTime(new TimerHeapInternalTimer<>(timer.getTimestamp(), timer.getKey(), session));
        }
    }

    /** The session that something has to be done about at a timer's time; null where there is none. */
    private @Nullable TimeWindow due(InternalTimer<Object, TimeWindow> timer) {
        TimeWindow session = sessionOf(timer.getNamespace());
        if (session == null) {
            return null;
        }
        long time = timer.getTimestamp();
        long end = session.maxTimestamp();
        if (end > time) {
            setTimer(session, end);
            return null;
        }
        return end == time ? session : null;
    }

    /** Emits a session that is over and drops it; false where that is not for us, and nothing was done. */
    private boolean fire(TimeWindow session) throws Exception {
        KeyedTable<Object, VoidNamespace, List<Tuple2<TimeWindow, TimeWindow>>> all = sessions;
        KeyedTable<Object, TimeWindow, Object> table = kept;
        if (!plain || all == null || table == null || overflows(session)) {
            return false;
        }
        List<Tuple2<TimeWindow, TimeWindow>> present = all.get(VoidNamespace.INSTANCE);
        for (int i = 0; present != null && i < present.size(); i++) {
            if (present.get(i).f0.equals(session)) {
                TimeWindow state = present.get(i).f1;
                Object result = contents.result(table.get(state));
                if (result != null) {
                    next.accept(result, Link.carried(session.maxTimestamp()));
                }
                table.remove(state);
                if (present.size() == 1) {
                    all.remove(VoidNamespace.INSTANCE);
                } else {
                    present.remove(i);
                }
                return true;
            }
        }
        return false;
    }

    /** The session that a window is, or is a part of. */
    private @Nullable TimeWindow sessionOf(TimeWindow part) {
        List<Tuple2<TimeWindow, TimeWindow>> present = sessions == null ? null : sessions.get(VoidNamespace.INSTANCE);
        TimeWindow whole = null;
        for (int i = 0; present != null && i < present.size(); i++) {
            TimeWindow session = present.get(i).f0;
            if (session.equals(part)) {
                return session;
            }
            if (!overflows(part) && session.getStart() <= part.getStart() && part.getEnd() <= session.getEnd()) {
                whole = session;
            }
        }
        return whole;
    }

    /** Whether a window at the end of time ends before it starts, as Flink's do: what it covers means nothing then. */
    private static boolean overflows(TimeWindow window) {
        return window.getEnd() <= window.getStart();
    }
}

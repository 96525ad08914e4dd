package dev.weir.flink.window;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.state.Namespaces;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.jspecify.annotations.Nullable;

/**
 * The windows of one operator that have contents, and which of them a record belongs to. Rules of lateness are those of
 * {@code WindowOperator}.
 *
 * <p>All records between two boundaries of windows have the same windows: those of the last record are remembered with
 * the times between which they hold, until a timer fires.
 */
final class OpenWindows {
    /** Beyond this, sums of times may overflow. */
    private static final long FAR = 1L << 60;

    /** More windows of a record than that would not stay in the processor's caches until they are needed. */
    private static final int READ_AHEAD_MAX = 16;

    private static final OpenWindow[] NONE = {};

    private final WindowOperator<Object, Object, Object, Object, TimeWindow> operator;
    private final WindowAssigner<Object, TimeWindow> assigner;
    private final WindowAssigner.WindowAssignerContext context;
    private final InternalTimerService<TimeWindow> service;
    private final WindowTimers timers;
    private final Namespaces<Object, TimeWindow, Object> panes;
    private final boolean eventTime;
    private final long slide;
    private final long allowedLateness;
    private final Map<TimeWindow, OpenWindow> windows = new HashMap<>();
    private OpenWindow[] assigned = NONE;
    private long from = Long.MAX_VALUE;
    private long until = Long.MIN_VALUE;

    /** The windows that there are, and those that a restore has brought. */
    OpenWindows(
            WindowOperator<Object, Object, Object, Object, TimeWindow> operator,
            WindowSettings settings,
            WindowAssigner.WindowAssignerContext context,
            InternalTimerService<TimeWindow> service,
            WindowTimers timers,
            Namespaces<Object, TimeWindow, Object> panes)
            throws Exception {
        this.operator = operator;
        this.assigner = settings.assigner();
        this.context = context;
        this.service = service;
        this.timers = timers;
        this.panes = panes;
        this.eventTime = assigner.isEventTime();
        this.slide = settings.slide();
        this.allowedLateness = settings.allowedLateness();
        for (TimeWindow restored : panes.all()) {
            windows.put(restored, new OpenWindow(restored, panes.open(restored)));
        }
        timers.takeOver(this);
    }

    Collection<OpenWindow> all() {
        return windows.values();
    }

    /** A window that a restore has brought, perhaps without contents. */
    OpenWindow restored(TimeWindow window) {
        return windows.computeIfAbsent(window, missing -> new OpenWindow(missing, panes.open(missing)));
    }

    /** The windows of a record that are not late, open from now on. */
    OpenWindow[] of(Object key, Object value, long timestamp) {
        long time = eventTime ? timestamp : service.currentProcessingTime();
        return time >= from && time < until ? assigned : assign(key, value, timestamp);
    }

    /** Whether a record that no window took counts as late. */
    boolean isLate(long timestamp) {
        return eventTime && timestamp + allowedLateness <= service.currentWatermark();
    }

    @Nullable
    OpenWindow find(TimeWindow window) {
        return windows.get(window);
    }

    /** To be called when time has passed: windows may be late now. */
    void timeHasPassed() {
        from = Long.MAX_VALUE;
        until = Long.MIN_VALUE;
        assigned = NONE;
    }

    void drop(TimeWindow window) {
        windows.remove(window);
        timers.drop(window);
        panes.drop(window);
    }

    private OpenWindow[] assign(Object key, Object value, long timestamp) {
        timeHasPassed();
        Collection<TimeWindow> all = assigner.assignWindows(
                value, timestamp == EdgeWriter.NO_TIMESTAMP ? Long.MIN_VALUE : timestamp, context);
        panes.readAhead(Math.max(1, Math.min(READ_AHEAD_MAX, all.size())));
        List<TimeWindow> latestFirst = new ArrayList<>(all);
        List<OpenWindow> open = new ArrayList<>(all.size());
        for (int i = latestFirst.size() - 1; i >= 0; i--) {
            TimeWindow window = latestFirst.get(i);
            if (!eventTime || timers.cleanupTime(window) > service.currentWatermark()) {
                OpenWindow present = windows.get(window);
                open.add(present == null ? open(window, key) : present);
            }
        }
        Collections.reverse(open);
        OpenWindow[] result = open.isEmpty() ? NONE : open.toArray(OpenWindow[]::new);
        remember(result, all);
        return result;
    }

    private OpenWindow open(TimeWindow window, Object key) {
        // Timers belong to a key: that of the first record stands for all.
        operator.setCurrentKey(key);
        OpenWindow opened = new OpenWindow(window, panes.open(window));
        windows.put(window, opened);
        opened.attends = timers.isPast(window);
        timers.register(window);
        return opened;
    }

    /** Assigners begin with the latest window, and each starts one slide before the one in front of it. */
    private void remember(OpenWindow[] result, Collection<TimeWindow> all) {
        if (all.isEmpty()) {
            return;
        }
        long lastStart = Long.MIN_VALUE;
        long firstStart = Long.MAX_VALUE;
        long size = 0;
        for (TimeWindow window : all) {
            lastStart = Math.max(lastStart, window.getStart());
            firstStart = Math.min(firstStart, window.getStart());
            size = window.getEnd() - window.getStart();
        }
        if (firstStart <= -FAR || lastStart >= FAR || size <= 0 || size >= FAR || allowedLateness >= FAR) {
            return;
        }
        long step = slide == 0 ? size : slide;
        from = Math.max(lastStart, firstStart - step + size);
        until = Math.min(lastStart + step, firstStart + size);
        assigned = result;
    }
}

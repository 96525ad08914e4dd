package dev.weir.flink.window;

import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Pane;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TimerCut;
import dev.weir.flink.state.HostedTimers;
import dev.weir.flink.state.StateTables;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CutTimers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.jspecify.annotations.Nullable;

/**
 * The timers of the windows of one operator, in its own service: one for each window and time, where Flink has one for each
 * key that has contents in the window. Those of a snapshot are Flink's: the window's, once for each of its keys.
 *
 * <p>After a restore that is not always the same for all keys. Event time begins anew, so a window that had fired and was
 * kept for its allowed lateness fires again for the keys that get a record before the watermark is back where it was, and
 * for no other key. Such a window keeps Flink's timers, one for each key. So does one that has had a null, where a function
 * wants to know of what is dropped: Flink has timers for keys whose contents have gone.
 */
final class WindowTimers implements HostedTimers<Object, TimeWindow> {
    /** Of a timer with its key, its place in the queue included. */
    private static final long TIMER_BYTES = 96;

    /** What an entry of a window among those of all takes more than by itself. */
    private static final long ENTRY_BYTES = 16;

    private final InternalTimerService<TimeWindow> service;
    private final KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> queue;
    private final KeyedTable<Object, TimeWindow, Object> contents;
    private final boolean eventTime;
    private final long allowedLateness;
    private final Set<TimeWindow> byKey = new HashSet<>();

    /** @param queue the service's, of the windows' time */
    WindowTimers(
            InternalTimerService<TimeWindow> service,
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> queue,
            KeyedTable<Object, TimeWindow, Object> contents,
            WindowSettings settings) {
        this.service = service;
        this.queue = queue;
        this.contents = contents;
        this.eventTime = settings.assigner().isEventTime();
        this.allowedLateness = settings.allowedLateness();
    }

    /** When a window is dropped; {@code Long.MAX_VALUE} means never. */
    long cleanupTime(TimeWindow window) {
        long end = window.maxTimestamp();
        if (!eventTime) {
            return end;
        }
        long cleanup = end + allowedLateness;
        return cleanup >= end ? cleanup : Long.MAX_VALUE;
    }

    /** Whether the watermark has passed the end of a window. */
    boolean isPast(TimeWindow window) {
        return eventTime && window.maxTimestamp() <= service.currentWatermark();
    }

    /** Registers what Flink does for a record of the current key. */
    void register(TimeWindow window) {
        if (!eventTime) {
            service.registerProcessingTimeTimer(window, window.maxTimestamp());
            return;
        }
        if (!isPast(window)) {
            service.registerEventTimeTimer(window, window.maxTimestamp());
        }
        if (cleanupTime(window) != Long.MAX_VALUE) {
            service.registerEventTimeTimer(window, cleanupTime(window));
        }
    }

    /** Leaves one timer of those that a restore has brought for each window and time, where all keys have the same. */
    void takeOver(OpenWindows windows) throws Exception {
        List<TimerHeapInternalTimer<Object, TimeWindow>> all = new ArrayList<>(queue.size());
        try (var restored = queue.iterator()) {
            restored.forEachRemaining(all::add);
        }
        Map<OpenWindow, Found> found = new HashMap<>();
        windows.all().forEach(window -> found.put(window, new Found()));
        for (TimerHeapInternalTimer<Object, TimeWindow> timer : all) {
            OpenWindow window = windows.restored(timer.getNamespace());
            found.computeIfAbsent(window, of -> new Found()).count(timer, window, cleanupTime(window.window));
        }
        found.forEach((window, timers) -> {
            window.byKey = !timers.areThoseOfAllKeys(window.pane.size(), cleanupTime(window.window));
            window.attends = window.byKey || isPast(window.window);
            if (window.byKey) {
                goByKey(window);
            }
        });
        for (TimerHeapInternalTimer<Object, TimeWindow> timer : all) {
            OpenWindow window = windows.restored(timer.getNamespace());
            Found timers = Objects.requireNonNull(found.get(window));
            if (!window.byKey && !timers.stays(timer)) {
                queue.remove(timer);
            }
        }
    }

    /** From now on the timers of a window are those of its keys, one for each. */
    void goByKey(OpenWindow window) {
        window.byKey = true;
        window.attends = true;
        byKey.add(window.window);
    }

    void drop(TimeWindow window) {
        byKey.remove(window);
    }

    /** What the timers take that {@link #leave} adds, and where entries go. */
    long leavingBytes(OpenWindows windows) {
        long bytes = 0;
        for (OpenWindow open : windows.all()) {
            if (!open.byKey) {
                int timers = allowedLateness == 0 || !eventTime ? 1 : 2;
                bytes += open.pane.size() * (ENTRY_BYTES + timers * TIMER_BYTES);
            }
        }
        return bytes;
    }

    /** Leaves the timers that Flink has, one for each key, in the queue. */
    void leave(OpenWindows windows) {
        for (OpenWindow open : windows.all()) {
            if (!open.byKey) {
                leave(open);
            }
        }
        StateTables.standFor(queue, null);
    }

    private void leave(OpenWindow open) {
        TimeWindow window = open.window;
        boolean fires = !open.attends;
        boolean cleans = cleanupTime(window) != Long.MAX_VALUE;
        Pane<Object, Object> pane = open.pane;
        for (int slot = pane.next(0); slot >= 0; slot = pane.next(slot + 1)) {
            Object key = pane.key(slot);
            if (fires) {
                queue.add(new TimerHeapInternalTimer<>(window.maxTimestamp(), key, window));
            }
            if (cleans) {
                queue.add(new TimerHeapInternalTimer<>(cleanupTime(window), key, window));
            }
        }
    }

    @Override
    public CutTimers<TimerHeapInternalTimer<Object, TimeWindow>> cut(
            BackendCut<Object> tables, TimerCut<TimerHeapInternalTimer<Object, TimeWindow>> queued) {
        return new Cut(tables.of(contents), queued, Set.copyOf(byKey));
    }

    /** The restored timers of a window. */
    private static final class Found {
        private int atEnd;
        private int atCleanup;
        private boolean others;
        private final Set<Long> stayed = new HashSet<>();

        void count(TimerHeapInternalTimer<Object, TimeWindow> timer, OpenWindow window, long cleanupTime) {
            Object key = timer.getKey();
            boolean atEitherTime = false;
            if (timer.getTimestamp() == window.window.maxTimestamp()) {
                atEnd++;
                atEitherTime = true;
            }
            if (timer.getTimestamp() == cleanupTime) {
                atCleanup++;
                atEitherTime = true;
            }
            others |= !atEitherTime || window.pane.find(key, key.hashCode()) < 0;
        }

        boolean areThoseOfAllKeys(int keys, long cleanupTime) {
            return !others && atEnd == keys && (atCleanup == keys || cleanupTime == Long.MAX_VALUE);
        }

        boolean stays(TimerHeapInternalTimer<Object, TimeWindow> timer) {
            return stayed.add(timer.getTimestamp());
        }
    }

    private static final class Cut implements CutTimers<TimerHeapInternalTimer<Object, TimeWindow>> {
        private final TableCut<Object, TimeWindow, Object> contents;
        private final TimerCut<TimerHeapInternalTimer<Object, TimeWindow>> queued;
        private final Set<TimeWindow> byKey;
        private @Nullable Map<TimeWindow, List<Long>> times;

        Cut(
                TableCut<Object, TimeWindow, Object> contents,
                TimerCut<TimerHeapInternalTimer<Object, TimeWindow>> queued,
                Set<TimeWindow> byKey) {
            this.contents = contents;
            this.queued = queued;
            this.byKey = byKey;
        }

        @Override
        public List<TimerHeapInternalTimer<Object, TimeWindow>> ofKeyGroup(int keyGroup) {
            Map<TimeWindow, List<Long>> ofAllKeys = times();
            List<TimerHeapInternalTimer<Object, TimeWindow>> timers = new ArrayList<>();
            // they come window by window
            TimeWindow window = null;
            List<Long> timesOfWindow = List.of();
            for (Iterator<TableEntry<Object, TimeWindow, Object>> rest = contents.entries(keyGroup); rest.hasNext(); ) {
                TableEntry<Object, TimeWindow, Object> entry = rest.next();
                if (!entry.namespace().equals(window)) {
                    window = entry.namespace();
                    timesOfWindow = ofAllKeys.getOrDefault(window, List.of());
                }
                for (int i = 0; i < timesOfWindow.size(); i++) {
                    timers.add(new TimerHeapInternalTimer<>(timesOfWindow.get(i), entry.key(), entry.namespace()));
                }
            }
            if (!byKey.isEmpty()) {
                queued.ofKeyGroup(keyGroup).stream()
                        .filter(timer -> byKey.contains(timer.getNamespace()))
                        .forEach(timers::add);
            }
            return timers;
        }

        /** When the timers of all keys of a window are due. */
        private Map<TimeWindow, List<Long>> times() {
            Map<TimeWindow, List<Long>> made = times;
            if (made == null) {
                made = new HashMap<>();
                for (TimerHeapInternalTimer<Object, TimeWindow> timer : queued.all()) {
                    if (!byKey.contains(timer.getNamespace())) {
                        made.computeIfAbsent(timer.getNamespace(), window -> new ArrayList<>(2))
                                .add(timer.getTimestamp());
                    }
                }
                times = made;
            }
            return made;
        }
    }
}

package dev.weir.flink.window;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Namespaces;
import dev.weir.engine.state.Pane;
import dev.weir.flink.state.StateTables;
import dev.weir.flink.twin.Internals;
import dev.weir.flink.twin.KeyedTwin;
import org.apache.flink.api.common.state.State;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.InternalTimerServiceImpl;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Twin of {@code WindowOperator} with tumbling or sliding windows and the default trigger of their time. Template.
 *
 * <p>The operator's own timer service has one timer per window at its end, and one at the end of its allowed lateness, in
 * the place of as many for each key; the key of a timer is that of the first record and means nothing. Watermarks and
 * processing time advance as in any operator, and a timer that fires comes to this class, for all keys. Snapshots have
 * Flink's timers, see {@link WindowTimers}.
 */
final class WindowTwin implements KeyedTwin, Triggerable<Object, TimeWindow>, HeapTenant {

    /** Records between two moments at which the state may leave the heap. */
    private static final int RECORDS_BUSY = 16;

    private final WindowOperator<Object, Object, Object, Object, TimeWindow> operator;
    private final WindowSettings settings;
    private final Contents contents;
    private final Results results;
    private final Output<StreamRecord<Object>> output;

    // Null where the operator's state is none of ours, or not all on the heap: it has to be hosted after all.
    private @Nullable OpenWindows windows;

    @SuppressWarnings("NullAway.Init") // set in open(), together with the windows
    private WindowTimers timers;

    /** How contents are words, null where they are objects. */
    private @Nullable FlatValues<Object> words;

    @SuppressWarnings("NullAway.Init") // set in open()
    private Counter dropped;

    private boolean idle;
    private int busyRecords;

    WindowTwin(
            WindowOperator<Object, Object, Object, Object, TimeWindow> operator,
            WindowSettings settings,
            Contents contents,
            Results results,
            Output<StreamRecord<Object>> output) {
        this.operator = operator;
        this.settings = settings;
        this.contents = contents;
        this.results = results;
        this.output = output;
    }

    @Override
    public void open() throws Exception {
        dropped = Internals.read(WindowOperator.class, "numLateRecordsDropped", operator);
        State state = Internals.read(WindowOperator.class, "windowState", operator);
        InternalTimerService<TimeWindow> service =
                Internals.read(WindowOperator.class, "internalTimerService", operator);
        KeyedTable<Object, TimeWindow, Object> table = StateTables.of(state, this);
        Namespaces<Object, TimeWindow, Object> panes = table == null ? null : table.byNamespace();
        KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, TimeWindow>> queue =
                Internals.timers(service, settings.assigner().isEventTime());
        if (table == null || panes == null || queue == null) {
            return;
        }
        WindowTimers ofWindows = new WindowTimers(service, queue, table, settings);
        if (!StateTables.standFor(queue, ofWindows)) {
            return;
        }
        words = settings.mayFlatten() ? StateTables.flatten(state) : StateTables.words(state);
        windows = new OpenWindows(
                operator,
                settings,
                Internals.read(WindowOperator.class, "windowAssignerContext", operator),
                service,
                ofWindows,
                panes);
        timers = ofWindows;
        Internals.write(InternalTimerServiceImpl.class, "triggerTarget", service, this);
    }

    @Override
    public boolean isIdle() {
        return idle || windows == null;
    }

    @Override
    public long leavingBytes(long usedBytes) {
        OpenWindows open = windows;
        return open == null ? 0 : timers.leavingBytes(open);
    }

    @Override
    public void leave() {
        OpenWindows open = windows;
        if (open != null) {
            windows = null;
            timers.leave(open);
            InternalTimerService<TimeWindow> service =
                    Internals.read(WindowOperator.class, "internalTimerService", operator);
            Internals.write(InternalTimerServiceImpl.class, "triggerTarget", service, operator);
        }
    }

    /** Lets the state leave the heap if it has to: keys are selected in the middle of something else. */
    private void pause(Object key) {
        busyRecords = RECORDS_BUSY;
        idle = true;
        operator.setCurrentKey(key);
        idle = false;
    }

    @Override
    public void accept(Object key, Object value, long timestamp) throws Exception {
        if (--busyRecords < 0 && windows != null) {
            pause(key);
        }
        OpenWindows open = windows;
        if (open == null) {
            operator.setCurrentKey(key);
            operator.processElement(
                    timestamp == EdgeWriter.NO_TIMESTAMP
                            ? new StreamRecord<>(value)
                            : new StreamRecord<>(value, timestamp));
            return;
        }
        OpenWindow[] assigned = open.of(key, value, timestamp);
        int hash = key.hashCode();
        for (OpenWindow window : assigned) {
            if (value == null && contents.nullDrops() && results.clears()) {
                goByKey(window);
            }
            add(window.pane, key, hash, value);
            if (window.attends) {
                attend(window, key, hash);
            }
        }
        if (assigned.length == 0 && open.isLate(timestamp)) {
            late(value, timestamp);
        }
    }

    /** Does what has to be done at once for a record that was added. */
    private void attend(OpenWindow window, Object key, int hash) throws Exception {
        int slot = window.pane.find(key, hash);
        if (slot >= 0 && timers.isPast(window.window)) {
            emit(window, slot, window.pane.get(slot));
        }
        if (window.byKey) {
            operator.setCurrentKey(key);
            timers.register(window.window);
        }
    }

    /** A key of the window has no contents from now on, yet the function is to hear when it is dropped: so says its timer. */
    private void goByKey(OpenWindow window) {
        if (window.byKey) {
            return;
        }
        Pane<Object, Object> pane = window.pane;
        for (int slot = pane.next(0); slot >= 0; slot = pane.next(slot + 1)) {
            operator.setCurrentKey(pane.key(slot));
            timers.register(window.window);
        }
        timers.goByKey(window);
    }

    private void add(Pane<Object, Object> pane, Object key, int hash, Object value) throws Exception {
        int slot = pane.find(key, hash);
        if (value == null && contents.nullDrops()) {
            if (slot >= 0) {
                pane.remove(slot);
            }
        } else if (slot < 0) {
            operator.setCurrentKey(key); // refuses a key that is not this subtask's
            pane.insert(slot, key, hash, contents.next(null, value));
        } else if (words != null && pane.isFlat()) {
            addToWords(words, pane, slot, value);
        } else {
            pane.replace(slot, contents.next(pane.take(slot), value));
        }
    }

    /** What is read from words, changed and written again is no object where the JIT can see all of it. */
    private void addToWords(FlatValues<Object> flat, Pane<Object, Object> pane, int slot, Object value)
            throws Exception {
        long[] longs = pane.words(slot);
        int at = pane.wordsAt(slot);
        Object next = contents.next(flat.read(longs, at), value);
        if (next != null && flat.fits(next)) {
            flat.write(next, longs, at);
        } else {
            pane.replace(slot, next);
        }
    }

    private void late(Object value, long timestamp) {
        OutputTag<Object> tag = settings.lateData();
        if (tag != null) {
            output.collect(tag, new StreamRecord<>(value, timestamp));
        } else {
            dropped.inc();
        }
    }

    @Override
    public void onEventTime(InternalTimer<Object, TimeWindow> timer) throws Exception {
        onTimer(timer.getKey(), timer.getNamespace(), timer.getTimestamp());
    }

    @Override
    public void onProcessingTime(InternalTimer<Object, TimeWindow> timer) throws Exception {
        onTimer(timer.getKey(), timer.getNamespace(), timer.getTimestamp());
    }

    private void onTimer(Object key, TimeWindow window, long time) throws Exception {
        OpenWindows all = windows;
        if (all == null) {
            return;
        }
        all.timeHasPassed();
        boolean fires = time == window.maxTimestamp();
        boolean cleans = time == timers.cleanupTime(window);
        OpenWindow open = all.find(window);
        if (open == null) {
            if (cleans && results.clears()) {
                // of a key without contents, the last that has any being done with
                results.clear(all.restored(window), key);
                all.drop(window);
            }
            return;
        }
        if (open.byKey) {
            onTimerOf(key, open, fires, cleans, all);
            return;
        }
        open.attends = true;
        if (fires || (cleans && results.clears())) {
            sweep(open, fires, cleans);
        }
        if (cleans) {
            all.drop(window);
        }
    }

    private void onTimerOf(Object key, OpenWindow open, boolean fires, boolean cleans, OpenWindows all)
            throws Exception {
        Pane<Object, Object> pane = open.pane;
        int slot = pane.find(key, key.hashCode());
        if (fires && slot >= 0) {
            emit(open, slot, pane.get(slot));
        }
        if (!cleans) {
            return;
        }
        if (results.clears()) {
            results.clear(open, key);
        }
        if (slot >= 0) {
            pane.remove(slot);
        }
        if (pane.size() == 0) {
            all.drop(open.window);
        }
    }

    private void sweep(OpenWindow open, boolean fires, boolean cleans) throws Exception {
        Pane<Object, Object> pane = open.pane;
        boolean clears = cleans && results.clears();
        for (int slot = pane.next(0); slot >= 0; slot = pane.next(slot + 1)) {
            if (fires) {
                emit(open, slot, cleans ? pane.take(slot) : pane.get(slot));
            }
            if (clears) {
                results.clear(open, pane.key(slot));
            }
        }
    }

    private void emit(OpenWindow window, int slot, @Nullable Object kept) throws Exception {
        Object result = contents.result(kept);
        if (result != null) {
            results.emit(window, slot, result);
        }
    }
}

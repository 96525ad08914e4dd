package dev.weir.flink.twin;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.state.HeapTenant;
import dev.weir.flink.state.StateTables;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Twin of one input of {@code IntervalJoinOperator}, whose key is selected already. Template.
 *
 * <p>The records of both sides stay in the operator's own states, as maps that are {@link JoinBuffer}s: a record meets only
 * those of the other side that are in its interval, in the order of their times, where Flink looks at all, in the order of
 * a hash map.
 *
 * <p>There are no cleanup timers. Flink registers one for each key, side and time in a buffer, due at that time plus what
 * the side is retained, which removes the records of that time; so after a watermark nothing is left that was due by it.
 * Here that is removed when the next record of the key looks into the buffer, or in passing ({@link JoinSweep}). What
 * {@link JoinBuffer#clean} would remove does not exist: a snapshot leaves it out, and has a timer for each time that it does
 * not leave out ({@link JoinTimers}). Those of a restored snapshot are dropped.
 */
final class JoinTwin implements Twin, HeapTenant {
    private final IntervalJoinOperator<Object, Object, Object, Object> operator;
    private final ProcessJoinFunction<Object, Object, Object> function;
    private final LinkCollector collector;
    private final JoinContext context;
    private final boolean left;
    private final JoinInterval interval;
    private final @Nullable OutputTag<Object> lateTag;

    // Null where the operator's state is none of ours, or not all on the heap: it has to be hosted after all.
    private @Nullable JoinBuffers ours;
    private @Nullable JoinBuffers theirs;

    @SuppressWarnings("NullAway.Init") // set in open()
    private InternalTimerService<String> timers;

    @SuppressWarnings("NullAway.Init") // set in open(), together with the buffers
    private KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, String>> queue;

    /** @param interval what a left record joins */
    JoinTwin(
            IntervalJoinOperator<Object, Object, Object, Object> operator,
            ProcessJoinFunction<Object, Object, Object> function,
            Output<StreamRecord<Object>> output,
            LinkCollector collector,
            boolean left,
            JoinInterval interval) {
        this.operator = operator;
        this.function = function;
        this.collector = collector;
        this.context = new JoinContext(function, output);
        this.left = left;
        this.interval = left ? interval : interval.reversed();
        this.lateTag = Internals.readNullable(
                IntervalJoinOperator.class, left ? "leftLateDataOutputTag" : "rightLateDataOutputTag", operator);
    }

    @Override
    public void open() throws Exception {
        timers = Internals.read(IntervalJoinOperator.class, "internalTimerService", operator);
        KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, String>> ofService =
                Internals.timers(timers, true);
        if (ofService == null) {
            return;
        }
        JoinInterval ofLeft = left ? interval : interval.reversed();
        JoinBuffers lefts = JoinBuffers.of(operator, timers, ofLeft, "leftBuffer", "leftTypeSerializer", this);
        JoinBuffers rights =
                JoinBuffers.of(operator, timers, ofLeft.reversed(), "rightBuffer", "rightTypeSerializer", this);
        if (lefts == null || rights == null || !StateTables.standFor(ofService, new JoinTimers(lefts, rights))) {
            return;
        }
        while (ofService.poll() != null) {
            // a restore has brought one for each time in the buffers, which are cleaned without
        }
        queue = ofService;
        ours = left ? lefts : rights;
        theirs = left ? rights : lefts;
    }

    /** {@inheritDoc} A map, lists and timers are some three times as large as a buffer of words; each twin tells of its side. */
    @Override
    public long leavingBytes(long usedBytes) {
        return ours == null ? 0 : usedBytes;
    }

    /** {@inheritDoc} Each of the two twins leaves the side that it adds to. */
    @Override
    public void leave() throws Exception {
        JoinBuffers mine = ours;
        if (mine != null) {
            ours = null;
            theirs = null;
            mine.leave(queue, left ? JoinTimers.LEFT : JoinTimers.RIGHT);
            StateTables.standFor(queue, null);
        }
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        JoinBuffers mine = ours;
        JoinBuffers others = theirs;
        if (mine == null || others == null) {
            host(value, timestamp);
            return;
        }
        if (timestamp == Long.MIN_VALUE || timestamp == EdgeWriter.NO_TIMESTAMP) {
            throw new FlinkException("Long.MIN_VALUE timestamp: Elements used in interval stream joins need to have "
                    + "timestamps meaningful timestamps.");
        }
        long watermark = timers.currentWatermark();
        if (timestamp < watermark) {
            context.late(lateTag, value, timestamp);
            return;
        }
        JoinBuffer buffer = others.get(watermark);
        if (buffer != null) {
            join(value, timestamp, buffer);
        }
        // last, since the function may have changed it
        mine.add(value, timestamp, watermark);
    }

    /** The function may change records, and later ones will see it, as in Flink. Bounds may overflow, as Flink's do. */
    private void join(Object value, long timestamp, JoinBuffer others) throws Exception {
        long last = timestamp + interval.upper();
        for (int i = others.first(timestamp + interval.lower()); i < others.end(); i++) {
            long time = others.time(i);
            if (time > last) {
                return;
            }
            Object other = others.get(i);
            collector.timestamp(Math.max(timestamp, time));
            if (left) {
                context.pair(timestamp, time);
                function.processElement(value, other, context, collector);
            } else {
                context.pair(time, timestamp);
                function.processElement(other, value, context, collector);
            }
            others.set(i, other);
        }
    }

    private void host(Object value, long timestamp) throws Exception {
        StreamRecord<Object> record =
                timestamp == EdgeWriter.NO_TIMESTAMP ? new StreamRecord<>(value) : new StreamRecord<>(value, timestamp);
        if (left) {
            operator.processElement1(record);
        } else {
            operator.processElement2(record);
        }
    }
}

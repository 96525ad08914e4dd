package dev.weir.flink.metric;

import dev.weir.engine.exchange.Occupancy;
import dev.weir.engine.exchange.Traffic;
import dev.weir.engine.exchange.WaitObserver;
import dev.weir.engine.task.SnapshotTimes;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.executiongraph.IOMetrics;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.runtime.metrics.TimerGauge;
import org.apache.flink.runtime.metrics.groups.TaskIOMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.streaming.runtime.tasks.TimerService;

/**
 * How a subtask spends its time, in Flink's meters. A wait for input is idle time; a wait for an output is backpressure,
 * soft between two records and hard within one; the rest is busy time. Told of waits by the thread that waits.
 */
public final class TaskMeters implements WaitObserver {
    private static final long LATENCY_INTERVAL_MILLIS = 1_000;

    private final TaskMetricGroup group;
    private final TimerGauge idle;
    private final TimerGauge soft;
    private final TimerGauge hard;
    private final boolean legacySource;
    private final long threadId = Thread.currentThread().getId();
    private volatile Supplier<Occupancy> inputs = () -> Occupancy.NONE;
    private volatile KeyCounter keys = KeyCounter.NONE;
    private volatile Supplier<Occupancy> outputs = () -> Occupancy.NONE;
    private LongSupplier sentBatches = () -> 0;
    private List<ReadCounter> read = List.of();

    /**
     * The meters of a subtask that begins to initialise, made on its thread.
     *
     * @param legacySource whether its records come from a thread of their own, about which its task's waits say nothing
     */
    public TaskMeters(TaskMetricGroup group, boolean legacySource) {
        this.group = group;
        this.legacySource = legacySource;
        TaskIOMetricGroup io = group.getIOMetricGroup();
        this.idle = io.getIdleTimeMsPerSecond();
        this.soft = io.getSoftBackPressuredTimePerSecond();
        this.hard = io.getHardBackPressuredTimePerSecond();
        group.gauge(MetricNames.IS_BACK_PRESSURED, (Gauge<Boolean>) () -> soft.isMeasuring() || hard.isMeasuring());
        io.markTaskInitializationStarted();
    }

    /** Registers what is known of the latest snapshot. */
    public void snapshots(Supplier<SnapshotTimes> latest, boolean hasChannels) {
        TaskIOMetricGroup io = group.getIOMetricGroup();
        if (hasChannels) {
            io.gauge(MetricNames.CHECKPOINT_ALIGNMENT_TIME, (Gauge<Long>)
                    () -> latest.get().alignmentNanos());
        }
        io.gauge(MetricNames.CHECKPOINT_START_DELAY_TIME, (Gauge<Long>)
                () -> TimeUnit.MILLISECONDS.toNanos(latest.get().startDelayMillis()));
    }

    /** Sets who counts the keys that it reads. */
    public void keys(KeyCounter counter) {
        keys = counter;
    }

    /** Registers how full the channels on both sides are. */
    public void channels(Supplier<Occupancy> before, Supplier<Occupancy> behind) {
        inputs = before;
        outputs = behind;
        MetricGroup netty = group.addGroup("Shuffle").addGroup("Netty");
        MetricGroup in = netty.addGroup("Input").addGroup("Buffers");
        in.gauge("inputQueueLength", (Gauge<Integer>) () -> before.get().batches());
        in.gauge("inPoolUsage", (Gauge<Float>) () -> (float) before.get().ratio());
        MetricGroup out = netty.addGroup("Output").addGroup("Buffers");
        out.gauge("outputQueueLength", (Gauge<Integer>) () -> behind.get().batches());
        out.gauge("outPoolUsage", (Gauge<Float>) () -> (float) behind.get().ratio());
    }

    /** Registers what has gone through the channels on both sides. */
    public void traffic(LongSupplier receivedBytes, Supplier<Traffic> sent) {
        TaskIOMetricGroup io = group.getIOMetricGroup();
        ReadCounter in = new ReadCounter(receivedBytes);
        ReadCounter out = new ReadCounter(() -> sent.get().bytes());
        read = List.of(in, out);
        io.reuseBytesInputCounter(in);
        io.reuseBytesOutputCounter(out);
        sentBatches = () -> sent.get().batches();
    }

    /** Registers the size of batches that follows the throughput, and how long what is in flight takes. */
    public void debloating(IntSupplier bytes, LongSupplier millisToConsume) {
        group.addGroup("Shuffle").addGroup("Netty").addGroup("Input").gauge(MetricNames.DEBLOATED_BUFFER_SIZE, (Gauge<
                        Integer>)
                bytes::getAsInt);
        group.gauge(MetricNames.ESTIMATED_TIME_TO_CONSUME_BUFFERS, (Gauge<Long>) millisToConsume::getAsLong);
    }

    /** The subtask runs from now on. */
    public void running() {
        TaskIOMetricGroup io = group.getIOMetricGroup();
        io.setEnableBusyTime(!legacySource);
        io.markTaskStart();
    }

    /** Measures once a second how long a mail waits, as long as the mailbox takes mails, and counts batches. */
    public void measureMailbox(TimerService timers, MailboxExecutor mails) {
        Histogram latencyMillis = group.getIOMetricGroup().getMailboxLatency();
        timers.registerTimer(timers.getCurrentProcessingTime() + LATENCY_INTERVAL_MILLIS, due -> {
            long posted = System.nanoTime();
            try {
                mails.execute(
                        () -> {
                            countBatches();
                            latencyMillis.update(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - posted));
                            measureMailbox(timers, mails);
                        },
                        "mailbox latency");
            } catch (RejectedExecutionException e) {
                // the task has ended
                return;
            }
        });
    }

    private void countBatches() {
        Counter counted = group.getIOMetricGroup().getNumBuffersOutCounter();
        counted.inc(sentBatches.getAsLong() - counted.getCount());
    }

    /** The subtask has ended: what is measured of it keeps nothing of it. */
    void ended() {
        read.forEach(ReadCounter::close);
        inputs = () -> Occupancy.NONE;
        outputs = () -> Occupancy.NONE;
        keys = KeyCounter.NONE;
        sentBatches = () -> 0;
    }

    /** Any thread. */
    SubtaskThread thread() {
        return new SubtaskThread(
                group.executionId().getJobVertexId(), group.subtaskIndex(), group.attemptNumber(), threadId, keys);
    }

    TaskMetricGroup group() {
        return group;
    }

    /** What it has counted and how its time went until now. */
    IOMetrics counts() {
        return group.getIOMetricGroup().createSnapshot();
    }

    /** Any thread. */
    SubtaskLoad load() {
        TaskIOMetricGroup io = group.getIOMetricGroup();
        double idleShare = share(idle.getValue());
        double held = share(io.getBackPressuredTimeMsPerSecond());
        return new SubtaskLoad(
                group.subtaskIndex(),
                group.attemptNumber(),
                legacySource ? Double.NaN : Math.max(0, 1 - idleShare - held),
                idleShare,
                held,
                io.getNumRecordsInCounter().getCount(),
                io.getNumRecordsOutCounter().getCount(),
                inputs.get().ratio(),
                outputs.get().ratio());
    }

    private static double share(long millisPerSecond) {
        return Math.min(1, millisPerSecond / 1_000.0);
    }

    @Override
    public void began(Wait wait) {
        TimerGauge timer = timer(wait);
        if (timer != idle || !legacySource) {
            timer.markStart();
        }
    }

    @Override
    public void ended(Wait wait) {
        timer(wait).markEnd();
    }

    private TimerGauge timer(Wait wait) {
        return switch (wait) {
            case INPUT -> idle;
            case OUTPUT -> soft;
            case OUTPUT_WITHIN_RECORD -> hard;
        };
    }
}

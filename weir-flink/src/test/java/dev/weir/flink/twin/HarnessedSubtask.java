package dev.weir.flink.twin;

import dev.weir.engine.state.KeyedStore;
import dev.weir.flink.host.TestedStateBackend;
import dev.weir.rocksdb.tiered.TieredStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** One subtask of a keyed operator in Flink's test harness: as Flink runs it, hosted on our state, or by its native twin. */
public final class HarnessedSubtask implements AutoCloseable {
    public static final int KEY_GROUPS = 16;
    private static final double HEAP_FRACTION = 0.000_001;

    /** Who runs the operator. */
    public enum Hands {
        NATIVE,
        /** Natively until its state has outgrown the heap, which it soon has, and then hosted. */
        LEAVING,
        HOSTED,
        FLINK
    }

    /** Kinds of snapshots. */
    public enum Format {
        CHECKPOINT,
        CANONICAL
    }

    /**
     * An operator.
     *
     * @param factory makes it, anew for each subtask
     * @param selectors key of a record, by input
     * @param late what it gives late records out as
     */
    public record Program(
            StreamOperatorFactory<Object> factory,
            List<KeySelector<Object, Object>> selectors,
            TypeInformation<Object> keyType,
            List<OutputTag<Object>> late) {}

    private final Program program;
    private final AbstractStreamOperatorTestHarness<Object> harness;
    private final List<Link> links = new ArrayList<>();
    private final List<String> results = new ArrayList<>();

    /** @param restored null for an operator that begins anew */
    public HarnessedSubtask(
            Program program, Hands hands, int parallelism, int index, @Nullable OperatorSubtaskState restored)
            throws Exception {
        this.program = program;
        this.harness = harness(program, parallelism, index);
        harness.setStateBackend(
                switch (hands) {
                    case FLINK -> new HashMapStateBackend();
                    case LEAVING -> TestedStateBackend.inTwoTiers(HEAP_FRACTION);
                    case NATIVE, HOSTED -> TestedStateBackend.onTheHeap();
                });
        harness.setup();
        List<Twin> twins = new ArrayList<>();
        if (hands == Hands.NATIVE || hands == Hands.LEAVING) {
            Templates templates = new Templates(true);
            for (int input = 0; input < program.selectors().size(); input++) {
                Twins.Site site = new Twins.Site(
                        harness.getOperator(),
                        input,
                        (value, timestamp) -> results.add(value + " @" + timestamp),
                        Internals.read(AbstractStreamOperator.class, "output", harness.getOperator()),
                        templates,
                        "input" + input);
                Twin twin = Twins.of(site);
                twins.add(twin);
                links.add(Twins.keyed(site, program.selectors().get(input), twin));
            }
        }
        if (restored == null) {
            harness.initializeEmptyState();
        } else {
            harness.initializeState(restored);
        }
        harness.open();
        for (Twin twin : twins) {
            twin.open();
        }
    }

    private static AbstractStreamOperatorTestHarness<Object> harness(Program program, int parallelism, int index)
            throws Exception {
        List<KeySelector<Object, Object>> selectors = program.selectors();
        if (selectors.size() == 1) {
            return new KeyedOneInputStreamOperatorTestHarness<>(
                    program.factory(), selectors.get(0), program.keyType(), KEY_GROUPS, parallelism, index);
        }
        @SuppressWarnings("unchecked") // the program's
        TwoInputStreamOperator<Object, Object, Object> operator = (TwoInputStreamOperator<Object, Object, Object>)
                ((SimpleOperatorFactory<Object>) program.factory()).getOperator();
        return new KeyedTwoInputStreamOperatorTestHarness<>(
                operator, selectors.get(0), selectors.get(1), program.keyType(), KEY_GROUPS, parallelism, index);
    }

    /** Processes a record. */
    public void record(int input, Object value, long timestamp) throws Exception {
        if (!links.isEmpty()) {
            links.get(input).accept(value, timestamp);
        } else if (harness instanceof OneInputStreamOperatorTestHarness<?, ?>) {
            one().processElement(new StreamRecord<>(value, timestamp));
        } else if (input == 0) {
            two().processElement1(new StreamRecord<>(value, timestamp));
        } else {
            two().processElement2(new StreamRecord<>(value, timestamp));
        }
    }

    /** Processes a watermark of all inputs. */
    public void watermark(long watermark) throws Exception {
        if (harness instanceof OneInputStreamOperatorTestHarness<?, ?>) {
            one().processWatermark(watermark);
        } else {
            two().processBothWatermarks(new Watermark(watermark));
        }
    }

    /** Lets processing time pass. */
    public void processingTime(long time) throws Exception {
        harness.setProcessingTime(time);
    }

    @SuppressWarnings("unchecked") // as it was made
    private OneInputStreamOperatorTestHarness<Object, Object> one() {
        return (OneInputStreamOperatorTestHarness<Object, Object>) harness;
    }

    @SuppressWarnings("unchecked") // as it was made
    private TwoInputStreamOperatorTestHarness<Object, Object, Object> two() {
        return (TwoInputStreamOperatorTestHarness<Object, Object, Object>) harness;
    }

    /** What has come out since the last call. */
    public List<String> drain() {
        List<String> drained = new ArrayList<>(results);
        results.clear();
        add(drained, "", harness.getOutput());
        for (OutputTag<Object> tag : program.late()) {
            Queue<StreamRecord<Object>> late = harness.getSideOutput(tag);
            if (late != null) {
                add(drained, tag.getId() + " ", late);
            }
        }
        return drained;
    }

    private static void add(List<String> drained, String prefix, Queue<?> emitted) {
        for (Object element : emitted) {
            if (element instanceof StreamRecord<?> record) {
                drained.add(prefix + record.getValue() + " @" + record.getTimestamp());
            }
        }
        emitted.clear();
    }

    /** Takes the synchronous part of a snapshot. */
    public OperatorSnapshotFutures cut(Format format) throws Exception {
        CheckpointOptions options = format == Format.CHECKPOINT
                ? CheckpointOptions.forCheckpointWithDefaultLocation()
                : new CheckpointOptions(
                        SavepointType.savepoint(SavepointFormatType.CANONICAL),
                        CheckpointStorageLocationReference.getDefault());
        return harness.getOperator().snapshotState(1, 1, options, new MemCheckpointStreamFactory(64 << 20));
    }

    /** Writes a snapshot. */
    public static OperatorSubtaskState write(OperatorSnapshotFutures cut) throws Exception {
        return OperatorSnapshotFinalizer.create(cut).getJobManagerOwnedState();
    }

    /** The timers in a service of the operator, where it is Flink's. */
    public List<String> timers(Class<?> owner, String field, boolean eventTime) throws Exception {
        InternalTimerService<Object> service = Internals.read(owner, field, harness.getOperator());
        KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Object, Object>> queue =
                Internals.timers(service, eventTime);
        List<String> timers = new ArrayList<>();
        try (CloseableIterator<TimerHeapInternalTimer<Object, Object>> all = queue.iterator()) {
            all.forEachRemaining(timer -> timers.add(timer.toString()));
        }
        Collections.sort(timers);
        return timers;
    }

    /** Whether nothing of its state is in RocksDB. */
    public boolean isOnHeap() {
        Object backend = harness.getOperator().getKeyedStateBackend();
        KeyedStore<?> store = Internals.read(backend.getClass(), "store", backend);
        return !(store instanceof TieredStore<?> tiers) || tiers.isOnHeap();
    }

    /** Keys and namespaces of a state of the operator, as far as they have something. */
    public List<String> places(String state) {
        return harness.getOperator()
                .getKeyedStateBackend()
                .getKeysAndNamespaces(state)
                .map(Object::toString)
                .sorted()
                .toList();
    }

    @Override
    public void close() throws Exception {
        harness.close();
    }
}

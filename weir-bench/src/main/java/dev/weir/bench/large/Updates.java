package dev.weir.bench.large;

import dev.weir.bench.input.Hash;
import dev.weir.bench.measure.Durations;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Makes the records of a job, of which each updates the state of a key: every key once, and then keys by chance for ever. A
 * record has its key and a number that rises by one from record to record of a subtask. What happens is noted in static fields,
 * since the job runs in the process that measures.
 */
final class Updates extends RichMapFunction<Long, Tuple2<Long, Long>>
        implements CheckpointedFunction, CheckpointListener {
    private static final long serialVersionUID = 1L;

    /** The most subtasks that make records. */
    private static final int SUBTASKS_MAX = 4;

    private static final int PADDING = 16;
    private static final int PUBLISH_EACH = 64;
    private static final AtomicLongArray MADE = new AtomicLongArray(SUBTASKS_MAX * PADDING);

    /** Which keys are updated once all have state. */
    enum Access {
        UNIFORM,
        /** About as Zipf's law with exponent 1 has it; the frequent ones are spread over all keys. */
        SKEWED
    }

    private final int keys;
    private final Access access;
    private final boolean filled;

    private transient int subtask;
    private transient int subtasks;
    private transient long made;

    /** @param filled whether all keys have state from the beginning */
    Updates(int keys, Access access, boolean filled) {
        this.keys = keys;
        this.access = access;
        this.filled = filled;
    }

    /** Records of all subtasks so far, and of the jobs of before in this process. */
    static long made() {
        long sum = 0;
        for (int i = 0; i < SUBTASKS_MAX; i++) {
            sum += MADE.get(i * PADDING);
        }
        return sum;
    }

    @Override
    public void open(OpenContext context) {
        subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    }

    @Override
    public Tuple2<Long, Long> map(Long number) {
        long position = made++;
        if (made % PUBLISH_EACH == 0) {
            MADE.addAndGet(subtask * PADDING, PUBLISH_EACH);
        }
        return Tuple2.of(key(position), position);
    }

    private long key(long position) {
        long turn = position * subtasks + subtask;
        if (!filled && turn < keys) {
            return turn;
        }
        long mixed = Hash.mix(turn);
        if (access == Access.UNIFORM) {
            return Hash.below(keys, mixed);
        }
        int octaves = Integer.SIZE - Integer.numberOfLeadingZeros(keys) - 1;
        int octave = (int) (((mixed >>> 48) * octaves) >>> 16);
        long low = 1L << octave;
        return Hash.below(keys, Hash.mix(low + (mixed & (low - 1))));
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
        if (subtask == 0) {
            Durations.begun(context.getCheckpointId(), context.getCheckpointTimestamp());
        }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        if (subtask == 0) {
            Durations.completed(checkpointId);
        }
    }
}

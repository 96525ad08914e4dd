package dev.weir.it.interchange.job;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Counts its records twice: in list state, as many small entries that are dealt out again, and in union state, of which the
 * first subtask takes all. Tells both counts at the end of its input.
 */
final class Tally extends AbstractStreamOperator<String>
        implements OneInputStreamOperator<Long, String>, BoundedOneInput {
    private static final long serialVersionUID = 1L;
    private static final long ENTRY_MAX = 100;

    private transient ListState<Long> listed;
    private transient ListState<Long> united;
    private long inList;
    private long inUnion;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        listed = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("listed", Types.LONG));
        united = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("united", Types.LONG));
        for (Long count : listed.get()) {
            inList += count;
        }
        if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            for (Long count : united.get()) {
                inUnion += count;
            }
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        listed.clear();
        for (long left = inList; left > 0; left -= ENTRY_MAX) {
            listed.add(Math.min(left, ENTRY_MAX));
        }
        united.clear();
        united.add(inUnion);
    }

    @Override
    public void processElement(StreamRecord<Long> record) {
        inList++;
        inUnion++;
    }

    @Override
    public void endInput() {
        output.collect(new StreamRecord<>("listed " + inList));
        output.collect(new StreamRecord<>("united " + inUnion));
        inList = 0;
        inUnion = 0;
    }
}

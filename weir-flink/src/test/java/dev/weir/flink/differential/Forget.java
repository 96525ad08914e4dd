package dev.weir.flink.differential;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** An operator of the user's own, which passes each n-th record on without its timestamp. */
final class Forget<T> extends AbstractStreamOperator<T> implements OneInputStreamOperator<T, T> {
    private static final long serialVersionUID = 1L;

    private final int every;
    private int records;

    /** @param every 0: all */
    Forget(int every) {
        this.every = every;
    }

    @Override
    public void processElement(StreamRecord<T> record) {
        boolean forgets = every == 0 || records % every == 0;
        records++;
        output.collect(forgets ? new StreamRecord<>(record.getValue()) : record);
    }
}

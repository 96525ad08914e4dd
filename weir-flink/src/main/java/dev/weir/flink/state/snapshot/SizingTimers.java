package dev.weir.flink.state.snapshot;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;

/** Counts the timers of one queue. */
final class SizingTimers<T> implements SizedReader {

    private final StateTally tally;
    private final TimersReader<T> timers;
    private long read;

    SizingTimers(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, StateTally tally, int prefixBytes) {
        this.tally = tally;
        this.timers = new TimersReader<>(new RestoredStates.Timers<>(timer -> read++, metaInfo, false), prefixBytes);
    }

    @Override
    public String name() {
        return timers.name();
    }

    @Override
    public void read(int keyGroup, DataInputView in) throws IOException {
        CountedInput counted = new CountedInput(in);
        timers.read(keyGroup, counted.view());
        count(counted.bytes() - Integer.BYTES);
    }

    @Override
    public void readChanges(int keyGroup, DataInputView in, Coverage newer) throws IOException {
        CountedInput counted = new CountedInput(in);
        timers.readChanges(keyGroup, counted.view(), newer);
        count(counted.bytes() - Integer.BYTES);
    }

    @Override
    public void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException {
        timers.take(keyGroup, entryKey, entryValue);
        count(entryKey.length + entryValue.length);
    }

    /** Of older files in a chain there are none: the newest has all timers. */
    private void count(long bytes) {
        if (read > 0) {
            tally.addWithoutKey(read, bytes);
        }
        read = 0;
    }

    @Override
    public StateSize size() {
        return tally.size();
    }
}

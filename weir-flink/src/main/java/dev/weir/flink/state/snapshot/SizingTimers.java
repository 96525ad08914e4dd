package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;

/** Counts the timers of one queue. */
final class SizingTimers<T> implements SizedReader {

    private final StateTally tally;
    private final TimersReader<T> timers;
    private final TypeSerializer<T> serializer;
    private final DataOutputSerializer again = new DataOutputSerializer(64);
    private long read;
    private long bytes;

    SizingTimers(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, StateTally tally, int prefixBytes) {
        this.tally = tally;
        this.timers = new TimersReader<>(new RestoredStates.Timers<>(this::add, metaInfo, false), prefixBytes);
        this.serializer = metaInfo.getElementSerializer();
    }

    /** Files of a chain have timers that do not count, as newer ones say. */
    private void add(T timer) {
        try {
            again.clear();
            serializer.serialize(timer, again);
            read++;
            bytes += again.length();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return timers.name();
    }

    @Override
    public void read(int keyGroup, DataInputView in) throws IOException {
        timers.read(keyGroup, in);
        count();
    }

    @Override
    public void readChanges(int keyGroup, DataInputView in, Coverage newer) throws IOException {
        timers.readChanges(keyGroup, in, newer);
        count();
    }

    @Override
    public void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException {
        timers.take(keyGroup, entryKey, entryValue);
        bytes = (long) entryKey.length + entryValue.length;
        count();
    }

    private void count() {
        if (read > 0) {
            tally.addWithoutKey(read, bytes);
        }
        read = 0;
        bytes = 0;
    }

    @Override
    public StateSize size() {
        return tally.size();
    }
}

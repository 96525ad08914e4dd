package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.function.Consumer;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;

/** Reads timers. */
final class TimersReader<T> implements StateReader {

    private final Consumer<T> queue;
    private final TypeSerializer<T> serializer;
    private final int prefixBytes;
    private final DataInputDeserializer key = new DataInputDeserializer();

    TimersReader(RestoredStates.Timers<T> timers, int prefixBytes) {
        this.queue = timers.queue();
        this.serializer = timers.metaInfo().getElementSerializer();
        this.prefixBytes = prefixBytes;
    }

    @Override
    public void read(int keyGroup, DataInputView in) throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            queue.accept(serializer.deserialize(in));
        }
    }

    @Override
    public void take(int keyGroup, KeyGroupEntry entry) throws IOException {
        key.setBuffer(entry.getKey());
        key.skipBytesToRead(prefixBytes);
        queue.accept(serializer.deserialize(key));
    }
}

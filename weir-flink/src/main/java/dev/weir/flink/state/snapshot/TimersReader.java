package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.function.Consumer;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;

/** Reads timers. */
final class TimersReader<T> implements StateReader {

    /** In the place of a number of timers: there are those that were added, and those that were removed. */
    static final int CHANGES = -1;

    private final String name;
    private final Consumer<T> queue;
    private final TypeSerializer<T> serializer;
    private final int prefixBytes;
    private final boolean stored;
    private final DataInputDeserializer key = new DataInputDeserializer();

    TimersReader(RestoredStates.Timers<T> timers, int prefixBytes) {
        this.name = timers.metaInfo().getName();
        this.queue = timers.queue();
        this.serializer = timers.metaInfo().getElementSerializer();
        this.prefixBytes = prefixBytes;
        this.stored = timers.stored();
    }

    /** Whether the timers are in the database that the store began with, where it has them. */
    boolean areStored() {
        return stored;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void read(int keyGroup, DataInputView in) throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            queue.accept(serializer.deserialize(in));
        }
    }

    @Override
    public void readChanges(int keyGroup, DataInputView in, Coverage newer) throws IOException {
        int size = in.readInt();
        if (size != CHANGES) {
            take(size, in, newer);
            newer.addEverything();
            return;
        }
        take(in.readInt(), in, newer);
        int removed = in.readInt();
        for (int i = 0; i < removed; i++) {
            newer.addRemoved(serializer.deserialize(in));
        }
    }

    private void take(int size, DataInputView in, Coverage newer) throws IOException {
        for (int i = 0; i < size; i++) {
            T timer = serializer.deserialize(in);
            if (!newer.hasRemoved(timer)) {
                queue.accept(timer);
            }
        }
    }

    @Override
    public void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException {
        key.setBuffer(entryKey);
        key.skipBytesToRead(prefixBytes);
        queue.accept(serializer.deserialize(key));
    }
}

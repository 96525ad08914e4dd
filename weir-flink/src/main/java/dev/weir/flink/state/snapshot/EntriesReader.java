package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.HashBuckets;
import java.io.IOException;
import java.util.BitSet;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;

/** Reads the values of one state from checkpoints of the heap, entry by entry. */
abstract class EntriesReader<K, N, V> implements StateReader {

    /** In the place of a number of buckets: the file has all that there is. */
    static final int ALL_BUCKETS = -1;

    /** The same, and behind it how many entries come at most. */
    static final int ALL_BUCKETS_COUNTED = -2;

    private final String name;
    private final TypeSerializer<K> keySerializer;
    private final TypeSerializer<N> namespaceSerializer;
    private final TypeSerializer<V> valueSerializer;
    private long entriesMax = Long.MAX_VALUE;

    EntriesReader(RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo, TypeSerializer<K> keySerializer) {
        this.name = metaInfo.getName();
        this.keySerializer = keySerializer;
        this.namespaceSerializer = metaInfo.getNamespaceSerializer();
        this.valueSerializer = metaInfo.getStateSerializer();
    }

    /** Has read an entry that is of the state, in its order in the file. */
    abstract void put(int keyGroup, K key, N namespace, V value);

    /** Is about to read so many entries of a key group. */
    void expect(int keyGroup, int entries) {}

    /** Is about to read an entry, which {@link #put} may get. */
    void begin() {}

    TypeSerializer<K> keySerializer() {
        return keySerializer;
    }

    TypeSerializer<N> namespaceSerializer() {
        return namespaceSerializer;
    }

    TypeSerializer<V> valueSerializer() {
        return valueSerializer;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public void read(int keyGroup, DataInputView in) throws IOException {
        int size = in.readInt();
        announce(keyGroup, size);
        for (int i = 0; i < size; i++) {
            begin();
            N namespace = namespaceSerializer.deserialize(in);
            K key = keySerializer.deserialize(in);
            put(keyGroup, key, namespace, valueSerializer.deserialize(in));
        }
    }

    @Override
    public final void limit(long entries) {
        entriesMax = entries;
    }

    private void announce(int keyGroup, int entries) {
        expect(keyGroup, (int) Math.max(0, Math.min(entries, entriesMax)));
    }

    @Override
    public void readChanges(int keyGroup, DataInputView in, Coverage newer) throws IOException {
        int count = in.readInt();
        if (count == ALL_BUCKETS_COUNTED) {
            announce(keyGroup, in.readInt());
            count = ALL_BUCKETS;
        }
        if (count != ALL_BUCKETS && (count < 0 || count > HashBuckets.COUNT)) {
            throw new IOException("a key group has changed buckets=" + count + " > limit=" + HashBuckets.COUNT);
        }
        BitSet changed = new BitSet(HashBuckets.COUNT);
        for (int i = 0; i < count; i++) {
            changed.set(in.readUnsignedShort());
        }
        while (in.readBoolean()) {
            int bucket = in.readUnsignedShort();
            begin();
            N namespace = namespaceSerializer.deserialize(in);
            K key = keySerializer.deserialize(in);
            V value = valueSerializer.deserialize(in);
            if (!newer.has(bucket)) {
                put(keyGroup, key, namespace, value);
            }
        }
        if (count == ALL_BUCKETS) {
            newer.addEverything();
        } else {
            newer.add(changed);
        }
    }
}

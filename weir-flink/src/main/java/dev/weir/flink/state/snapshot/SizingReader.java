package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.VoidNamespace;

/** Counts the values of one state. */
final class SizingReader<K, N, V> extends EntriesReader<K, N, V> implements SizedReader {

    private static final byte[] NONE = {};

    private final StateTally tally;
    private final StateDescriptor.Type type;
    private final int prefixBytes;
    private final boolean ambiguous;
    private final DataInputDeserializer in = new DataInputDeserializer();
    private CountedInput counted = CountedInput.NONE;
    private long begin;

    // Of a map in the canonical form, whose entries follow each other.
    private byte[] place = NONE;
    private long entriesOfPlace;
    private long bytesOfPlace;

    SizingReader(
            RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo,
            TypeSerializer<K> keySerializer,
            StateTally tally,
            int prefixBytes) {
        super(metaInfo, keySerializer);
        this.tally = tally;
        this.type = metaInfo.getStateType();
        this.prefixBytes = prefixBytes;
        this.ambiguous =
                CompositeKeySerializationUtils.isAmbiguousKeyPossible(keySerializer, metaInfo.getNamespaceSerializer());
    }

    @Override
    public void read(int keyGroup, DataInputView from) throws IOException {
        counted = new CountedInput(from);
        super.read(keyGroup, counted.view());
    }

    @Override
    public void readChanges(int keyGroup, DataInputView from, Coverage newer) throws IOException {
        counted = new CountedInput(from);
        super.readChanges(keyGroup, counted.view(), newer);
    }

    @Override
    void begin() {
        begin = counted.bytes();
    }

    @Override
    void put(int keyGroup, K key, N namespace, V value) {
        long entries = value instanceof Map<?, ?> map && type == StateDescriptor.Type.MAP ? map.size() : 1;
        tally.add(entries, counted.bytes() - begin, () -> text(key, namespace));
    }

    @Override
    public void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException {
        int end = type == StateDescriptor.Type.MAP ? endOfPlace(entryKey) : entryKey.length;
        if (!Arrays.equals(place, 0, place.length, entryKey, 0, end)) {
            endPlace();
            place = Arrays.copyOf(entryKey, end);
        }
        entriesOfPlace++;
        bytesOfPlace += entryKey.length + entryValue.length;
    }

    private int endOfPlace(byte[] entryKey) throws IOException {
        readPlace(entryKey);
        return entryKey.length - in.available();
    }

    private String readPlace(byte[] entryKey) throws IOException {
        in.setBuffer(entryKey);
        in.skipBytesToRead(prefixBytes);
        K key = CompositeKeySerializationUtils.readKey(keySerializer(), in, ambiguous);
        N namespace = CompositeKeySerializationUtils.readNamespace(namespaceSerializer(), in, ambiguous);
        return text(key, namespace);
    }

    private void endPlace() {
        if (entriesOfPlace > 0) {
            byte[] of = place;
            tally.add(entriesOfPlace, bytesOfPlace, () -> textOf(of));
        }
        entriesOfPlace = 0;
        bytesOfPlace = 0;
    }

    private String textOf(byte[] of) {
        try {
            return readPlace(of);
        } catch (IOException e) {
            return "?";
        }
    }

    private static String text(Object key, Object namespace) {
        return namespace instanceof VoidNamespace ? String.valueOf(key) : key + " in " + namespace;
    }

    @Override
    public StateSize size() {
        endPlace();
        return tally.size();
    }
}

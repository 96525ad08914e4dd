package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/** A queue of timers at a cut. */
final class TimersCut<T> implements StateCut {

    private static final byte[] NOTHING = {};

    private final StateMetaInfoSnapshot metaInfo;
    private final TypeSerializer<T> serializer;
    private final CutTimers<T> timers;
    private final int prefixBytes;

    /** @param prefixBytes what a key group takes at the beginning of a canonical key */
    TimersCut(RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo, CutTimers<T> timers, int prefixBytes) {
        this.metaInfo = metaInfo.snapshot();
        this.serializer = metaInfo.getElementSerializer().duplicate();
        this.timers = timers;
        this.prefixBytes = prefixBytes;
    }

    @Override
    public StateMetaInfoSnapshot metaInfo() {
        return metaInfo;
    }

    @Override
    public void write(int keyGroup, EntryBuffer out) throws IOException {
        List<T> written = timers.ofKeyGroup(keyGroup);
        out.view().writeInt(written.size());
        for (T timer : written) {
            serializer.serialize(timer, out.view());
            out.spill();
        }
    }

    @Override
    public OptionalInt version() {
        return OptionalInt.empty();
    }

    /** All timers: they come and go with what they are for. */
    @Override
    public void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) throws IOException {
        write(keyGroup, out);
    }

    @Override
    public CanonicalEntries canonical(int keyGroup) throws IOException {
        return new Canonical(keyGroup);
    }

    @Override
    public void release() {}

    private final class Canonical implements CanonicalEntries {
        private final Iterator<T> rest;
        private final DataOutputSerializer key = new DataOutputSerializer(64);
        private final int prefixEnd;

        Canonical(int keyGroup) throws IOException {
            rest = timers.ofKeyGroup(keyGroup).iterator();
            CompositeKeySerializationUtils.writeKeyGroup(keyGroup, prefixBytes, key);
            prefixEnd = key.length();
        }

        @Override
        public boolean advance() throws IOException {
            if (!rest.hasNext()) {
                return false;
            }
            key.setPosition(prefixEnd);
            serializer.serialize(rest.next(), key);
            return true;
        }

        @Override
        public byte[] key() {
            return key.getCopyOfBuffer();
        }

        @Override
        public byte[] value() {
            return NOTHING;
        }
    }
}

package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.TimerChanges;
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
        write(timers.ofKeyGroup(keyGroup), out);
    }

    private void write(List<T> written, EntryBuffer out) throws IOException {
        out.view().writeInt(written.size());
        for (T timer : written) {
            serializer.serialize(timer, out.view());
            out.spill();
        }
    }

    @Override
    public OptionalInt version() {
        return timers.version();
    }

    /** {@inheritDoc} For timers these are what was added and what was removed, or all where that is no more. */
    @Override
    public void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) throws IOException {
        TimerChanges<T> changes = earlierVersion.isPresent() ? timers.since(earlierVersion.getAsInt()) : null;
        List<T> added = changes == null ? List.of() : changes.added().ofKeyGroup(keyGroup);
        List<T> removed = changes == null ? List.of() : changes.removed().ofKeyGroup(keyGroup);
        if (changes == null || added.size() + removed.size() > timers.size(keyGroup)) {
            write(keyGroup, out);
        } else {
            out.view().writeInt(TimersReader.CHANGES);
            write(added, out);
            write(removed, out);
        }
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

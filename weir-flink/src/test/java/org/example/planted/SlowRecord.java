package org.example.planted;

import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A record whose serializer takes its time. */
public final class SlowRecord {
    private final long number;

    SlowRecord(long number) {
        this.number = number;
    }

    /** Its type. */
    static final class Type extends GenericTypeInfo<SlowRecord> {
        private static final long serialVersionUID = 1L;

        Type() {
            super(SlowRecord.class);
        }

        @Override
        public TypeSerializer<SlowRecord> createSerializer(SerializerConfig config) {
            return new Serializer();
        }
    }

    /** Spins. */
    public static final class Serializer extends TypeSerializerSingleton<SlowRecord> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isImmutableType() {
            return false;
        }

        @Override
        public SlowRecord createInstance() {
            return new SlowRecord(0);
        }

        @Override
        public SlowRecord copy(SlowRecord from) {
            return new SlowRecord(Planted.spin(from.number));
        }

        @Override
        public SlowRecord copy(SlowRecord from, SlowRecord reuse) {
            return copy(from);
        }

        @Override
        public int getLength() {
            return Long.BYTES;
        }

        @Override
        public void serialize(SlowRecord each, DataOutputView target) throws IOException {
            target.writeLong(Planted.spin(each.number));
        }

        @Override
        public SlowRecord deserialize(DataInputView source) throws IOException {
            return new SlowRecord(Planted.spin(source.readLong()));
        }

        @Override
        public SlowRecord deserialize(SlowRecord reuse, DataInputView source) throws IOException {
            return deserialize(source);
        }

        @Override
        public void copy(DataInputView source, DataOutputView target) throws IOException {
            target.writeLong(source.readLong());
        }

        @Override
        public TypeSerializerSnapshot<SlowRecord> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Of the serializer. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<SlowRecord> {
        /** Made by Flink. */
        public Snapshot() {
            super(Serializer::new);
        }
    }
}

package dev.weir.flink.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;

/** A Flink serializer as the engine's codec. */
final class SerializerCodec<T> implements Codec<T> {

    private final TypeSerializer<T> serializer;

    SerializerCodec(TypeSerializer<T> serializer) {
        this.serializer = serializer;
    }

    @Override
    public void write(T value, DataOutput out) throws IOException {
        if (out instanceof DataOutputView view) {
            serializer.serialize(value, view);
        } else {
            serializer.serialize(value, new DataOutputViewStreamWrapper(new Sink(out)));
        }
    }

    @Override
    public T read(DataInput in) throws IOException {
        if (in instanceof DataInputView view) {
            return serializer.deserialize(view);
        }
        if (in instanceof DataInputStream stream) {
            return serializer.deserialize(new DataInputViewStreamWrapper(stream));
        }
        return serializer.deserialize(new DataInputViewStreamWrapper(new Source(in)));
    }

    @SuppressWarnings("unchecked") // a copy is of the type of its original
    @Override
    public T copy(T value) {
        if (value instanceof OwnCopy<?> own) {
            return (T) own.copy();
        }
        return serializer.copy(value);
    }

    @Override
    public boolean isImmutable() {
        return serializer.isImmutableType();
    }

    @Override
    public int fixedBytes() {
        return serializer.getLength();
    }

    @Override
    public Codec<T> duplicate() {
        return new SerializerCodec<>(serializer.duplicate());
    }

    private static final class Sink extends OutputStream {
        private final DataOutput out;

        Sink(DataOutput out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }

    private static final class Source extends InputStream {
        private final DataInput in;

        Source(DataInput in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            return in.readUnsignedByte();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            in.readFully(bytes, offset, length);
            return length;
        }
    }
}

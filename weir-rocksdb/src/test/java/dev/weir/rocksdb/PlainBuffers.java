package dev.weir.rocksdb;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Buffers of the JDK's streams. */
public final class PlainBuffers implements Buffers {

    @Override
    public BytesOut out() {
        return new Out(new Array());
    }

    @Override
    public BytesIn in() {
        return new In(new Source());
    }

    private static final class Array extends ByteArrayOutputStream {
        void cut(int position) {
            count = position;
        }

        byte[] shared() {
            return buf;
        }
    }

    private static final class Out extends DataOutputStream implements BytesOut {
        private final Array array;

        Out(Array array) {
            super(array);
            this.array = array;
        }

        @Override
        public int length() {
            return array.size();
        }

        @Override
        public void setPosition(int position) {
            array.cut(position);
        }

        @Override
        public void clear() {
            array.reset();
        }

        @Override
        public byte[] getSharedBuffer() {
            return array.shared();
        }

        @Override
        public byte[] getCopyOfBuffer() {
            return array.toByteArray();
        }
    }

    private static final class Source extends ByteArrayInputStream {
        Source() {
            super(new byte[0]);
        }

        void set(byte[] bytes) {
            buf = bytes;
            pos = 0;
            count = bytes.length;
        }
    }

    private static final class In extends DataInputStream implements BytesIn {
        private final Source source;

        In(Source source) {
            super(source);
            this.source = source;
        }

        @Override
        public void setBuffer(byte[] bytes) {
            source.set(bytes);
        }

        @Override
        public int available() {
            try {
                return super.available();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

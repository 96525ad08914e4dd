package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.io.InputStream;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;

/** Counts what is read of a view that is a stream. */
final class CountedInput extends InputStream {

    /** Of nothing. */
    static final CountedInput NONE = new CountedInput(InputStream.nullInputStream());

    private final InputStream in;
    private long bytes;

    CountedInput(DataInputView in) {
        this((InputStream) in);
    }

    private CountedInput(InputStream in) {
        this.in = in;
    }

    long bytes() {
        return bytes;
    }

    DataInputView view() {
        return new DataInputViewStreamWrapper(this);
    }

    @Override
    public int read() throws IOException {
        int read = in.read();
        bytes += read < 0 ? 0 : 1;
        return read;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int read = in.read(to, offset, length);
        bytes += Math.max(0, read);
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = in.skip(count);
        bytes += skipped;
        return skipped;
    }
}

package dev.weir.flink.state.snapshot;

import java.io.IOException;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * A stream read in large pieces: Flink's streams of local files have no buffer, and serializers read a byte at a time. Closed
 * when the task is cancelled.
 */
final class BufferedStateStream extends FSDataInputStream {

    private static final int BUFFER_BYTES = 1 << 16;

    private final FSDataInputStream in;
    private final CloseableRegistry cancelables;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;

    private BufferedStateStream(FSDataInputStream in, CloseableRegistry cancelables) {
        this.in = in;
        this.cancelables = cancelables;
    }

    static BufferedStateStream open(StreamStateHandle handle, CloseableRegistry cancelables) throws IOException {
        FSDataInputStream in = handle.openInputStream();
        cancelables.registerCloseable(in);
        return new BufferedStateStream(in, cancelables);
    }

    @Override
    public void seek(long position) throws IOException {
        long begin = in.getPos() - end;
        if (position >= begin && position <= begin + end) {
            at = (int) (position - begin);
        } else {
            in.seek(position);
            at = 0;
            end = 0;
        }
    }

    @Override
    public long getPos() throws IOException {
        return in.getPos() - end + at;
    }

    @Override
    public int read() throws IOException {
        return at < end || fill() ? buffer[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at == end && length >= BUFFER_BYTES) {
            at = 0;
            end = 0;
            return in.read(to, offset, length);
        }
        if (at == end && !fill()) {
            return -1;
        }
        int copied = Math.min(length, end - at);
        System.arraycopy(buffer, at, to, offset, copied);
        at += copied;
        return copied;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, BUFFER_BYTES));
        return end > 0;
    }

    @Override
    public int available() throws IOException {
        return end - at + in.available();
    }

    @Override
    public void close() throws IOException {
        if (cancelables.unregisterCloseable(in)) {
            in.close();
        }
    }
}

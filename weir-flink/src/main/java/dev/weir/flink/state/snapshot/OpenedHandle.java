package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.Optional;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.PhysicalStateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;

/** A state handle as a restore opens it, see {@link BufferedStateStream}. */
final class OpenedHandle implements StreamStateHandle {
    private static final long serialVersionUID = 1L;

    private final StreamStateHandle handle;
    private final CloseableRegistry cancelables;

    OpenedHandle(StreamStateHandle handle, CloseableRegistry cancelables) {
        this.handle = handle;
        this.cancelables = cancelables;
    }

    @Override
    public FSDataInputStream openInputStream() throws IOException {
        return BufferedStateStream.open(handle, cancelables);
    }

    @Override
    public Optional<byte[]> asBytesIfInMemory() {
        return handle.asBytesIfInMemory();
    }

    @Override
    public Optional<Path> maybeGetPath() {
        return handle.maybeGetPath();
    }

    @Override
    public PhysicalStateHandleID getStreamStateHandleID() {
        return handle.getStreamStateHandleID();
    }

    @Override
    public void discardState() {
        throw new UnsupportedOperationException("a restore does not own the files it reads");
    }

    @Override
    public long getStateSize() {
        return handle.getStateSize();
    }
}

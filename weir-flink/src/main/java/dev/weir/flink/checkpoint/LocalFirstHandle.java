package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.util.Optional;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.runtime.state.PhysicalStateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a state file's local copy where it is as it was written, else the file itself. To whoever does not read it is the
 * file.
 */
final class LocalFirstHandle implements StreamStateHandle {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(LocalFirstHandle.class);

    private final StreamStateHandle primary;
    private final transient LocalCopies.Found copy;

    LocalFirstHandle(StreamStateHandle primary, LocalCopies.Found copy) {
        this.primary = primary;
        this.copy = copy;
    }

    StreamStateHandle primary() {
        return primary;
    }

    /** The copy, if it is as the file was written. Reads all of it. */
    Optional<java.nio.file.Path> goodCopy() {
        try {
            copy.verify();
            return Optional.of(copy.file());
        } catch (IOException e) {
            LOG.warn("local copy {} cannot be used, {} is read: {}", copy.file(), primary, e.toString());
            return Optional.empty();
        }
    }

    @Override
    public FSDataInputStream openInputStream() throws IOException {
        Optional<java.nio.file.Path> good = goodCopy();
        return good.isPresent()
                ? LocalFileSystem.getSharedInstance().open(new Path(good.get().toUri()))
                : primary.openInputStream();
    }

    @Override
    public Optional<byte[]> asBytesIfInMemory() {
        return Optional.empty();
    }

    @Override
    public Optional<Path> maybeGetPath() {
        return primary.maybeGetPath();
    }

    @Override
    public PhysicalStateHandleID getStreamStateHandleID() {
        return primary.getStreamStateHandleID();
    }

    @Override
    public void discardState() throws Exception {
        primary.discardState();
    }

    @Override
    public long getStateSize() {
        return primary.getStateSize();
    }
}
